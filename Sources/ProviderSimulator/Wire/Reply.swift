/// What a provider answers, before faults and before it becomes bytes.
struct Reply: Sendable {
    /// The body.
    enum Content: Sendable {
        case whole([UInt8])
        case stream(StreamScript)
    }

    var status = 200
    var fields: [HTTPField] = []
    var contentType: String
    var content: Content
    /// Gives back what the request holds, such as its place in a concurrency limit; runs exactly once.
    var onComplete: (@Sendable () -> Void)?

    /// A JSON body.
    static func json(_ value: JSON, status: Int = 200, contentType: String = "application/json") -> Reply {
        Reply(status: status, contentType: contentType, content: .whole(value.bytes))
    }

    /// A stream of server-sent events.
    static func events(_ script: StreamScript) -> Reply {
        Reply(contentType: "text/event-stream", content: .stream(script))
    }

    /// Any bytes.
    static func bytes(_ bytes: [UInt8], status: Int = 200, contentType: String) -> Reply {
        Reply(status: status, contentType: contentType, content: .whole(bytes))
    }

    /// A proxy's error page.
    static func html(status: Int) -> Reply {
        let title = "\(status) \(HTTPStatus.reason(status))"
        let page = """
            <html>\r
            <head><title>\(title)</title></head>\r
            <body>\r
            <center><h1>\(title)</h1></center>\r
            <hr><center>nginx</center>\r
            </body>\r
            </html>\r

            """
        return .bytes(Array(page.utf8), status: status, contentType: "text/html")
    }

    /// The reply with a field more.
    func adding(_ name: String, _ value: String?) -> Reply {
        guard let value else { return self }
        var copy = self
        copy.fields.append(HTTPField(name, value))
        return copy
    }
}

/// Reason phrases, for error bodies that quote them.
enum HTTPStatus {
    static func reason(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Payload Too Large"
        case 422: "Unprocessable Entity"
        case 423: "Locked"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Error"
        }
    }
}
