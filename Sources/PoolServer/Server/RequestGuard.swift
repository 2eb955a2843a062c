internal import CPoolServer
internal import HTTPSessionPool

/// Who may ask, and what a request must look like, before anything is answered.
///
/// A server without a token is for the people and programs of its machine. A page of somebody else's in a browser of this
/// machine is neither: by a name that first leads to its own server and then to 127.0.0.1 ("DNS rebinding") it becomes the
/// same origin as this server, and would read everything. What it cannot change is the name it asks by.
struct RequestGuard: Sendable {
    /// The address that the server listens at.
    let address: String

    // MARK: Form

    /// What is wrong with a request, by RFC 9112: what another server before this one may read differently.
    static func fault(of request: ServerRequest) -> ServerResponse? {
        guard ["HTTP/1.1", "HTTP/1.0"].contains(request.version) else {
            return .problem(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        }
        let hosts = request.values("host")
        if hosts.count > 1 || (hosts.isEmpty && request.version == "HTTP/1.1") {
            return .problem(400, "A request has one Host field.")
        }
        let lengths = request.values("content-length")
        let isFramedTwice = lengths.count + request.values("transfer-encoding").count > 1
        let isMalformed =
            request.isMalformed || isFramedTwice
            || lengths.contains { $0.isEmpty || !$0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            || !request.fields.allSatisfy { HeaderFields.isToken($0.name) }
        return isMalformed ? .problem(400, "The header section is malformed.") : nil
    }

    // MARK: Visitors

    /// Why a request is not answered; `nil` for one that comes from this machine's own people.
    func refusal(of request: ServerRequest) -> ServerResponse? {
        let host = request.field("host")
        if let host, !isOwn(host) {
            return .problem(421, "Without a token this server answers to localhost and its own address only.")
        }
        if let origin = request.field("origin") {
            let authority = origin.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first
            guard let authority, host.map({ $0.lowercased() == authority.lowercased() }) == true else {
                return .problem(403, "Pages of other sites get no answer here.")
            }
        }
        // A person who follows a link to the page is welcome; a script or an image of another site is not.
        let isVisit = request.field("sec-fetch-mode") == "navigate" && request.field("sec-fetch-dest") == "document"
        if request.field("sec-fetch-site") == "cross-site", !isVisit {
            return .problem(403, "Pages of other sites get no answer here.")
        }
        return nil
    }

    /// Whether a Host field names this machine's loopback, or the address that the server listens at.
    private func isOwn(_ field: String) -> Bool {
        guard let name = Self.name(field) else { return false }
        let kind = unsafe cps_classify_address(name)
        return name == "localhost" || name == address || kind == CPS_ADDRESS_LOOPBACK
    }

    /// The name or address in a Host field, without its port and brackets; `nil` when it is none.
    private static func name(_ field: String) -> String? {
        let field = field.lowercased()
        if field.hasPrefix("[") {
            guard let end = field.firstIndex(of: "]"), isPort(field[field.index(after: end)...]) else { return nil }
            return String(field[field.index(after: field.startIndex)..<end])
        }
        let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || isPort(field[parts[0].endIndex...]) else { return nil }
        return parts[0].hasSuffix(".") ? String(parts[0].dropLast()) : String(parts[0])
    }

    /// Whether a rest of a Host field is nothing, or a colon and digits.
    private static func isPort(_ rest: Substring) -> Bool {
        rest.isEmpty || (rest.first == ":" && rest.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) })
    }
}
