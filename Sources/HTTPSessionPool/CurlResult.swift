internal import CurlTransport

/// What libcurl's result codes mean to a caller (libcurl-errors(3)); the numbers are part of its interface.
///
/// By the sources of 7.88.1, 8.5.0 and 8.14.1, as far as their return statements tell, no byte that a peer sends is an internal
/// error.
enum CurlResult {
    /// What the codes have in common that mean the same to a caller.
    private enum Meaning {
        case invalidURL, unsupported, nameResolution, proxy, connect, handshake, certificate, credentials
        case malformed, compression, tooLarge, cut, loss, timeout, unexpected
    }

    /// What a result means; what is not listed is a failure of the connection.
    private static let meanings: [UInt32: Meaning] = {
        let codes: [(Meaning, [UInt32])] = [
            (.invalidURL, [3]), (.unsupported, [4]), (.nameResolution, [6]), (.proxy, [5, 97]),
            // 45: no local address or port; 89: no connection may be opened; 96: QUIC.
            (.connect, [7, 45, 89, 96]),
            // 98: the server demands a certificate; 101: Encrypted Client Hello.
            (.handshake, [35, 64, 98, 101]),
            (.certificate, [51, 60, 83, 90, 91]),
            (.credentials, [53, 54, 58, 59, 66, 77, 82]),
            // 43: a header or trailer line without a colon before 8.6 (`Curl_headers_push`); 88 and 94 by their names.
            (.malformed, [1, 8, 22, 43, 63, 88, 94]),
            // 23, when it is not our own refusal: what comes after the end of compressed data.
            (.compression, [23, 61]),
            // A line that libcurl has no room for; before 8.6 it says that it is out of memory.
            (.tooLarge, [27, 100]),
            (.cut, [18]), (.timeout, [28]),
            (.loss, [16, 52, 55, 56, 65, 80, 81, 92, 95]),
            // Made wrong on this side: options, memory and calls from within callbacks.
            (.unexpected, [2, 26, 42, 48, 49, 93, 99]),
        ]
        return [:].merging(codes.flatMap { meaning, codes in codes.map { ($0, meaning) } }) { first, _ in first }
    }()

    /// The error's code and sentence.
    ///
    /// - Parameters:
    ///   - code: libcurl's result.
    ///   - words: What libcurl says of it, without credentials.
    ///   - wasSent: Whether any of the request may have reached the server.
    ///   - usedProxy: Whether the host was to be reached through a proxy.
    /// - Returns: What ``SessionError`` says of it.
    static func explain(_ code: UInt32, _ words: String, wasSent: Bool, usedProxy: Bool) -> (SessionError.Code, String)
    {
        let meaning = meanings[code] ?? .loss
        // A proxy that cannot be reached, refuses to connect or talks nonsense fails like any other host, while a connection
        // is set up.
        if usedProxy, !wasSent {
            switch meaning {
            case .connect, .loss, .cut, .malformed, .compression, .tooLarge:
                return (.proxyFailed, "The proxy, or the host through it, could not be used: \(words).")
            default: break
            }
        }
        return explain(meaning, code, words, wasSent: wasSent)
    }

    private static func explain(
        _ meaning: Meaning,
        _ code: UInt32,
        _ words: String,
        wasSent: Bool
    ) -> (SessionError.Code, String) {
        switch meaning {
        case .invalidURL: (.invalidURL, "libcurl cannot read the URL.")
        case .unsupported:
            (.unsupported, "libcurl \(CurlGlobal.shared.version) was built without what is needed: \(words).")
        case .nameResolution:
            (.nameResolutionFailed, "The host's name could not be resolved; check it and the network.")
        case .proxy: (.proxyFailed, "The proxy could not be used: \(words).")
        case .connect: (.connectionFailed, "The host could not be reached: \(words).")
        case .handshake: (.tlsHandshakeFailed, "TLS could not be set up: \(words).")
        case .certificate:
            (
                .certificateRejected,
                "The server's certificate is not trusted, has expired or is for another name; add its root to additionalRoots."
            )
        case .credentials: (.invalidTLSConfiguration, "A certificate or key cannot be used: \(words).")
        case .malformed: (.malformedResponse, "What came back is not a valid HTTP response: \(words).")
        case .compression: (.malformedResponse, "The body cannot be decompressed: \(words).")
        case .tooLarge where wasSent:
            (.headersTooLarge, "The answer has a line that libcurl has no room for: \(words).")
        case .cut: (.connectionLost, "The connection closed before the whole body had arrived.")
        case .timeout: (.deadlineExceeded, "The transfer took too long.")
        case .loss where wasSent && isRefusedByAlert(words):
            (
                .tlsHandshakeFailed,
                "The server refused TLS; it may demand a client certificate, or another one: \(words)."
            )
        case .loss where wasSent: (.connectionLost, "The connection broke before the answer was complete: \(words).")
        case .loss: (.connectionFailed, "The connection broke while it was being set up: \(words).")
        case .tooLarge, .unexpected: (.internalError, "libcurl failed with code \(code): \(words).")
        }
    }

    /// Whether the server has answered our side of the handshake with an alert.
    ///
    /// TLS 1.3 lets a client send its request before it knows whether its certificate is accepted (RFC 8446, section 4.4.2),
    /// so that the alert comes in the place of the answer (rustls/rustls#1707).
    private static func isRefusedByAlert(_ words: String) -> Bool {
        guard words.contains("alert ") else { return false }
        let alerts = ["certificate", "unknown ca", "access denied", "handshake failure", "insufficient security"]
        return alerts.contains { words.contains($0) }
    }
}

extension HeadFault {
    /// What is wrong, in a sentence without what the server sent.
    var sentence: String {
        switch self {
        case .statusLine: "The answer does not begin with a status line."
        case .control: "The answer's header section contains a control character."
        case .fieldName: "A line of the answer's header section has no valid field name before a colon."
        case .strayContinuation: "The answer's header section begins with a continuation of nothing."
        case .foldedFraming: "The field that frames the answer's body is folded."
        case .contentLength: "The answer's Content-Length is no number, or there are several that differ."
        case .switchingProtocols: "The server switched to another protocol, which was not asked for."
        }
    }
}
