internal import CCurl

/// What this process's libcurl is and can do.
///
/// Features are chosen by the version that is *loaded*, never by the headers that were compiled against.
package struct CurlGlobal: Sendable {
    /// The version as one number, `0x075801` for 7.88.1.
    package let versionNumber: UInt32
    /// The version as text, such as `7.88.1`.
    package let version: String
    /// The TLS library and its version, such as `OpenSSL/3.0.19`.
    package let tlsLibrary: String
    /// The HTTP/2 library's version; empty without HTTP/2.
    package let http2Library: String
    /// The names of the features that libcurl reports.
    package let features: [String]
    /// The URL schemes that libcurl speaks.
    package let protocols: [String]
    /// The CA bundle that libcurl was built to use; empty when there is none.
    package let defaultCAFile: String
    /// Whether `curl_global_init` succeeded.
    package let isUsable: Bool

    /// Initialises libcurl on first use, once for the process (`curl_global_init` is thread-safe since 7.84).
    package static let shared = CurlGlobal()

    /// Whether libcurl tells of TLS alerts: it does with OpenSSL and what descends from it.
    var tellsTLSAlerts: Bool {
        ["OpenSSL", "LibreSSL", "BoringSSL", "AWS-LC", "quictls"].contains { tlsLibrary.hasPrefix($0) }
    }

    private init() {
        isUsable = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
        guard let info = unsafe ccurl_version_info() else {
            (versionNumber, version, tlsLibrary, http2Library) = (0, "", "", "")
            (features, protocols, defaultCAFile) = ([], [], "")
            return
        }
        versionNumber = unsafe info.pointee.version_num
        version = unsafe Self.text(info.pointee.version)
        tlsLibrary = unsafe Self.text(info.pointee.ssl_version)
        http2Library = unsafe Self.text(info.pointee.nghttp2_version)
        features = unsafe Self.list(info.pointee.feature_names)
        protocols = unsafe Self.list(info.pointee.protocols)
        if let handle = unsafe curl_easy_init() {
            defaultCAFile = unsafe Self.text(ccurl_easy_get_string(handle, CURLINFO_CAINFO))
            unsafe curl_easy_cleanup(handle)
        } else {
            defaultCAFile = ""
        }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }

    private static func list(_ names: UnsafePointer<UnsafePointer<CChar>?>?) -> [String] {
        guard var next = unsafe names else { return [] }
        var result: [String] = []
        while let name = unsafe next.pointee {
            result.append(unsafe String(cString: name))
            unsafe next += 1
        }
        return result
    }
}
