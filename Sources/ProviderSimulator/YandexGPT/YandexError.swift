/// An error of Yandex Cloud's native API.
struct YandexError: Error, Hashable, Sendable {
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
                case 401: "Unknown api key"
                case 429: YandexError.sessionsText(allowed: 1)
                default: HTTPStatus.reason(status)
                }
            }()
    }

    static func sessionsText(allowed: Int) -> String {
        "ai.textGenerationCompletionSessionsCount.count gauge quota limit exceed: allowed \(allowed) requests"
    }

    static func hourlyText(allowed: Int) -> String {
        "ai.textGenerationCompletionRequestsPerHour.rate rate quota limit exceed: allowed \(allowed) requests"
    }

    /// The gRPC code that the status stands for.
    var grpcCode: Int {
        switch status {
        case 400: 3
        case 401: 16
        case 403: 7
        case 404: 5
        case 429: 8
        case 499: 1
        case 501: 12
        case 503: 14
        case 504: 4
        default: 13
        }
    }

    /// The body.
    var json: JSON {
        [
            "error": [
                "grpcCode": .integer(grpcCode), "httpCode": .integer(status), "message": .string(message),
                "httpStatus": .string(HTTPStatus.reason(status)), "details": [],
            ]
        ]
    }

    /// The answer.
    var reply: Reply {
        .json(json, status: status)
    }

    /// How the error looks inside a native stream.
    static let streamFailure: @Sendable (String) -> [StreamScript.Unit] = { message in
        [.data(YandexError(500, message).json.text)]
    }
}
