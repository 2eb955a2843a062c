internal import CCurl

/// The owner of one `CURLU *`: a request's URL, parsed once for all the times that a handle sends it.
///
/// libcurl 7.88.1 parses the text of `CURLOPT_URL` anew for every transfer, and puts it together again from its parts
/// (`parseurlandfillconn`): 13 600 of the 94 000 instructions of a request on a kept connection. Given the parts it
/// copies them, for 3 900.
@safe
final class URLHandle {
    private let raw: OpaquePointer

    /// Parses `text` as libcurl parses `CURLOPT_URL`; `nil` when it is no URL, or without memory.
    init?(_ text: String) {
        guard let raw = unsafe curl_url() else { return nil }
        let flags = UInt32(CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME)
        guard unsafe text.withCString({ unsafe curl_url_set(raw, CURLUPART_URL, $0, flags) }) == CURLUE_OK else {
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
