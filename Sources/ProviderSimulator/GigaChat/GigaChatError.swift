/// An error of GigaChat's API.
struct GigaChatError: Error, Hashable, Sendable {
    var status: Int
    var message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    /// An error with the text that the API uses for that status.
    init(status: Int, message: String?) {
        self.status = status
        self.message =
            message
            ?? {
                switch status {
                case 401: "Token has expired"
                case 403: "Permission denied"
                case 404: "No such model"
                case 413: "Payload too large"
                case 422: "Invalid params"
                case 429: "Too many requests"
                default: HTTPStatus.reason(status)
                }
            }()
    }

    static func invalid(_ detail: String) -> GigaChatError {
        GigaChatError(422, "Invalid params: \(detail)")
    }

    /// The body.
    var json: JSON {
        ["status": .integer(status), "message": .string(message)]
    }

    /// The answer.
    var reply: Reply {
        .json(json, status: status, contentType: GigaChatService.contentType)
    }

    /// How the error looks inside a version 1 stream.
    static let streamFailure: @Sendable (String) -> [StreamScript.Unit] = { message in
        [.data(GigaChatError(500, message).json.text)]
    }
}
