public import HTTPSessionPool

/// What kept a provider from answering.
///
/// The text keeps what the server said, bounded in length and with everything that looks like a credential replaced.
public struct ProviderError: Error, Sendable, Hashable {
    /// What went wrong, without dynamic text: safe as a metric's label.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case invalidConfiguration, invalidRequest, requestTooLarge, unsupported
            case unauthorized, forbidden, paymentRequired, notFound, modelNotFound
            case rateLimited, contentFiltered, serverError, operationFailed, toolRoundsExceeded
            case malformedResponse, streamTruncated, transport, cancelled
        }

        private let kind: Kind

        private init(_ kind: Kind) {
            self.kind = kind
        }

        /// A setting is missing or cannot be used; the message names it.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// The provider, or this package before sending, refused the request's content.
        public static let invalidRequest = Code(.invalidRequest)
        /// The prompt or a file is larger than the provider takes.
        public static let requestTooLarge = Code(.requestTooLarge)
        /// The provider has no such feature.
        public static let unsupported = Code(.unsupported)
        /// The credential is wrong or has expired.
        public static let unauthorized = Code(.unauthorized)
        /// The credential is valid but not allowed to do this.
        public static let forbidden = Code(.forbidden)
        /// The account has no money or tokens left.
        public static let paymentRequired = Code(.paymentRequired)
        /// There is no such file, operation or path.
        public static let notFound = Code(.notFound)
        /// There is no such model.
        public static let modelNotFound = Code(.modelNotFound)
        /// Too many requests, or too many at once; see ``ProviderError/retryAfter``.
        public static let rateLimited = Code(.rateLimited)
        /// A filter refused the prompt or the answer.
        public static let contentFiltered = Code(.contentFiltered)
        /// The provider failed.
        public static let serverError = Code(.serverError)
        /// An asynchronous operation ended with an error.
        public static let operationFailed = Code(.operationFailed)
        /// The model went on calling tools after the allowed number of rounds.
        public static let toolRoundsExceeded = Code(.toolRoundsExceeded)
        /// What came back is not what the provider's protocol promises.
        public static let malformedResponse = Code(.malformedResponse)
        /// The stream ended without its protocol's end marker; ``ProviderError/partial`` holds what arrived.
        public static let streamTruncated = Code(.streamTruncated)
        /// The request or its answer did not get through; ``ProviderError/underlying`` says why.
        public static let transport = Code(.transport)
        /// The task was cancelled.
        public static let cancelled = Code(.cancelled)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// Who was asked.
    public let provider: Provider
    /// What happened, and what the server said about it.
    public let message: String
    /// The HTTP status of the answer, if there was one.
    public internal(set) var status: Int?
    /// The server's own code for the error, such as OpenAI's `insufficient_quota` or a gRPC code.
    public internal(set) var serverCode: String?
    /// The provider's id of the request, for its support.
    public internal(set) var requestID: String?
    /// How long the server asks to wait before the next try.
    public internal(set) var retryAfter: Duration?
    /// What of a streamed answer had arrived.
    public internal(set) var partial: ChatResponse?
    /// The pool's error, if the request or its answer did not get through, or a stream broke off.
    public internal(set) var underlying: SessionError?
    /// The server's own word on whether to retry (`x-should-retry`).
    var serverAdvisesRetry: Bool?

    init(_ code: Code, _ provider: Provider, _ message: String, status: Int? = nil) {
        self.code = code
        self.provider = provider
        self.message = message
        self.status = status
    }

    /// Wraps an error of the pool.
    init(_ error: SessionError, _ provider: Provider) {
        let code: Code
        switch error.code {
        case .cancelled: code = .cancelled
        case .invalidURL, .invalidTLSConfiguration, .unsupported: code = .invalidConfiguration
        case .invalidRequest: code = .invalidRequest
        default: code = .transport
        }
        self.init(code, provider, error.description)
        underlying = error
    }

    /// The same error, its message after a word on what was being done.
    func during(_ what: String) -> ProviderError {
        var error = ProviderError(code, provider, "\(what): \(message)", status: status)
        error.serverCode = serverCode
        error.requestID = requestID
        error.retryAfter = retryAfter
        error.underlying = underlying
        error.serverAdvisesRetry = serverAdvisesRetry
        return error
    }

    /// Wraps an error of the pool in the middle of a stream.
    ///
    /// To the caller a broken connection, or an object cut in two, is the same as a missing end marker. A time limit or a
    /// cancellation keeps its own code, and so does a body that never was a stream.
    init(interruption error: SessionError, _ provider: Provider, hasBegun: Bool) {
        if error.code == .connectionLost || (error.code == .malformedStream && hasBegun) {
            self.init(.streamTruncated, provider, "The stream broke off: \(error.message)")
        } else if error.code == .malformedStream {
            self.init(.malformedResponse, provider, error.message)
        } else {
            self.init(error, provider)
        }
        underlying = error
    }

    /// Whether the same request may succeed later.
    ///
    /// True for rate limits, overload and failures of the server, and for requests that never reached it. Never true once
    /// a part of the answer reached the caller: a repeated stream would say everything twice and be paid twice.
    public var isRetryable: Bool {
        guard partial == nil else { return false }
        if let serverAdvisesRetry { return serverAdvisesRetry }
        return switch code {
        case .rateLimited: true
        case .serverError: status.map { Self.passingStatuses.contains($0) } ?? false
        case .transport: underlying?.isRetryable ?? false
        default: false
        }
    }

    /// Statuses that pass by themselves: 408 and 409 as OpenAI uses them, 423 as 1C:Naparnik does, overload and gateways.
    private static let passingStatuses: Set<Int> = [408, 409, 423, 500, 502, 503, 504, 529]
}

extension ProviderError: CustomStringConvertible {
    /// The provider, the code, the status, the message, the wait and the request's id.
    public var description: String {
        var text = "\(provider): \(code)"
        if let status { text += " (HTTP \(status))" }
        text += ": \(message)"
        if let retryAfter { text += " [retry after \(retryAfter)]" }
        if let requestID { text += " [request \(requestID)]" }
        return text
    }
}
