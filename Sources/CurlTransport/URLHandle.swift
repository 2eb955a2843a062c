internal import CCurl

/// The owner of one `CURLU *`: a request's URL, parsed once for all the times that a handle sends it.
///
/// libcurl 7.88.1 parses the text of `CURLOPT_URL` anew for every transfer, and puts it together again from its parts
/// (`parseurlandfillconn`). Given the parts it copies them: 10 000 instructions fewer, of the 94 000 that a request on a
/// kept connection costs a C program.
@safe
final class URLHandle {
    private let raw: OpaquePointer

    /// Parses `text` as libcurl parses `CURLOPT_URL`.
    ///
    /// Fails for what libcurl has to be given as text: what is no URL, so that it says so itself, and an IPv6 address with
    /// a zone, which libcurl before 8.3 forgets when it copies the parts (curl/curl#11549). Fails without memory, too.
    init?(_ text: String) {
        guard let raw = unsafe curl_url() else { return nil }
        let flags = UInt32(CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME)
        let code = unsafe text.withCString { unsafe curl_url_set(raw, CURLUPART_URL, $0, flags) }
        var zone: UnsafeMutablePointer<CChar>?
        let zoneCode = unsafe curl_url_get(raw, CURLUPART_ZONEID, &zone, 0)
        unsafe curl_free(zone)
        guard code == CURLUE_OK, zoneCode != CURLUE_OK else {
            unsafe curl_url_cleanup(raw)
            return nil
        }
        unsafe self.raw = raw
    }

    deinit {
        unsafe curl_url_cleanup(raw)
    }

    /// The parsed URL for libcurl, which only reads it; valid while this owner is.
    var pointer: UnsafeRawPointer { unsafe UnsafeRawPointer(raw) }
}
