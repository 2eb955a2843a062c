internal import CurlTransport

/// Where a request goes next when a server redirects it (RFC 9110, section 15.4).
///
/// libcurl's own following sends every custom header, `X-API-Key` too, to the next host; here another origin gets no field
/// that is not known to be harmless.
struct RedirectRoute {
    /// The request to send.
    private(set) var request: TransferRequest
    private var left: Int
    private var hasMoved = false
    private let hasClientCertificate: Bool
    private let hasUnixSocket: Bool
    private let origin: String

    init(
        _ request: TransferRequest,
        origin: String,
        maxRedirects: Int,
        hasClientCertificate: Bool,
        hasUnixSocket: Bool = false
    ) {
        self.request = request
        self.origin = origin
        left = maxRedirects
        self.hasClientCertificate = hasClientCertificate
        self.hasUnixSocket = hasUnixSocket
    }

    /// An error of the present hop as the caller should see it: an earlier hop has been processed.
    func placed(_ error: SessionError) -> SessionError {
        hasMoved ? SessionError(error.code, error.message, origin: origin, delivery: .maybeProcessed) : error
    }

    /// Takes a response in: true when ``request`` is now the one to send, false when the response is the answer.
    ///
    /// - Throws: ``SessionError`` with ``SessionError/Code/redirectRefused`` for a redirect that must not be followed.
    mutating func follow(status: Int, location: @autoclosure () -> String?) throws(SessionError) -> Bool {
        guard left > 0, Self.isRedirect(status), let location = location() else { return false }
        left -= 1
        let target = try resolve(location)
        let (from, to) = (try BaseURL(withoutQuery(request.head.url)), try base(of: target))
        guard from.scheme == to.scheme || to.scheme == "https" else {
            throw refused("The redirect leads from https to http.")
        }
        let leavesOrigin = from.origin != to.origin
        guard !leavesOrigin || !hasClientCertificate else {
            throw refused("The redirect leads to another origin, which must not see the client certificate.")
        }
        guard !leavesOrigin || !hasUnixSocket else {
            throw refused("The redirect leads to another origin, which is not at the session's Unix socket.")
        }
        move(to: target, status: status, leavesOrigin: leavesOrigin)
        hasMoved = true
        return true
    }

    private mutating func move(to target: String, status: Int, leavesOrigin: Bool) {
        let head = request.head
        var (method, headers) = (head.method, head.headers)
        if leavesOrigin {
            headers.removeAll { !Self.harmless.contains($0.name.lowercased()) }
            // An idempotency key is gone with the rest.
            request.mayResend = Method(rawValue: method).isIdempotent
        }
        // A 303 asks for the answer elsewhere; 301 and 302 are treated so for POST by every client.
        if status == 303 || (method == "POST" && status < 303), method != "HEAD" {
            method = "GET"
            request.body = nil
            headers.removeAll { HeaderFields.matches($0.name, "content-type") }
        }
        request.head = RequestHead(
            method: method,
            url: target,
            headers: headers,
            carriesConstantHeaders: head.carriesConstantHeaders && !leavesOrigin
        )
    }

    private static func isRedirect(_ status: Int) -> Bool {
        switch status {
        case 301, 302, 303, 307, 308: true
        default: false
        }
    }

    /// What may be told to a host that the caller did not name.
    private static let harmless: Set<String> = [
        "accept", "accept-language", "accept-encoding", "content-type", "content-language", "user-agent",
    ]

    private func resolve(_ location: String) throws(SessionError) -> String {
        do throws(CurlURL.ParseError) {
            return try CurlURL.resolve(location, against: request.head.url)
        } catch {
            throw refused("The redirect's target cannot be read: \(error.message).")
        }
    }

    private func base(of target: String) throws(SessionError) -> BaseURL {
        do {
            return try BaseURL(withoutQuery(target))
        } catch {
            throw refused("The redirect's target cannot be used: \(error.message)")
        }
    }

    private func withoutQuery(_ url: String) -> String {
        String(url.prefix { $0 != "?" && $0 != "#" })
    }

    private func refused(_ message: String) -> SessionError {
        SessionError(.redirectRefused, message, origin: origin, delivery: .maybeProcessed)
    }
}
