internal import HTTPSessionPool

extension YandexGPTClient {
    /// A completion that runs at the provider without a connection; its result is kept for three days.
    public struct Operation: Sendable {
        /// The id, by which ``YandexGPTClient/operation(_:)`` finds it again, in another process too.
        public let id: String
        /// Whether it has ended.
        public let isDone: Bool
        /// Its answer or its error, once it has ended.
        public let result: Result<ChatResponse, ProviderError>?
        let client: YandexGPTClient

        /// Asks for its state until it has ended, and gives its answer.
        ///
        /// A cancelled task stops waiting at once; the operation itself goes on, see ``cancel()``.
        ///
        /// - Parameter pollInterval: How long to wait between two questions. The provider allows 50 a second.
        /// - Returns: The answer.
        /// - Throws: ``ProviderError``: what the operation failed with, what kept its state from being read, or
        ///   ``ProviderError/Code/cancelled``.
        public func wait(pollInterval: Duration = .seconds(1)) async throws(ProviderError) -> ChatResponse {
            var current = self
            var failures = 0
            while true {
                if let result = current.result { return try result.get() }
                do {
                    // The clock cannot add more than some 292 years to its reading.
                    try await Task.sleep(for: min(pollInterval, .seconds(100 * 365 * 86_400)))
                } catch {
                    throw ProviderError(.cancelled, .yandexGPT, "The task was cancelled while it waited for \(id).")
                }
                do throws(ProviderError) {
                    current = try await client.operation(id)
                    failures = 0
                } catch {
                    // Asking again changes nothing, and the operation goes on without us.
                    guard error.isRetryable, failures < Self.toleratedFailures else { throw error }
                    failures += 1
                }
            }
        }

        /// Asks the provider to stop it; what it did so far is paid.
        public func cancel() async throws(ProviderError) {
            let request = Request(.get, "/operations/\(id.pathSegment):cancel")
            _ = try await client.operations.send(request)
        }

        /// Failures in a row that may pass by themselves before waiting gives up.
        private static let toleratedFailures = 5
    }

    /// Starts a completion that runs at the provider without a connection.
    public func startChat(_ request: ChatRequest) async throws(ProviderError) -> Operation {
        let body = try encoder.completion(request, stream: nil)
        var start = try self.request("/completionAsync", body: body, requestID: request.requestID)
        start.headers.set(request.headers)
        return try operation(in: try await channel.send(start, missing: .modelNotFound))
    }

    /// The state of an operation.
    public func operation(_ id: String) async throws(ProviderError) -> Operation {
        try operation(in: try await operations.send(Request(.get, "/operations/\(id.pathSegment)")))
    }

    private func operation(in response: Response) throws(ProviderError) -> Operation {
        let requestID = channel.failures.requestID(in: response.headers)
        let wire = try channel.decode(YandexGPTWire.Operation.self, from: response)
        return Operation(
            id: wire.id,
            isDone: wire.done ?? false,
            result: Self.result(wire, failures: channel.failures, requestID: requestID),
            client: self
        )
    }

    /// What an operation ended with; `nil` while it runs.
    static func result(
        _ operation: YandexGPTWire.Operation,
        failures: FailureReader,
        requestID: String?
    ) -> Result<ChatResponse, ProviderError>? {
        guard operation.done ?? false else { return nil }
        if let error = operation.error, !error.isNull {
            let body = ErrorBody(["error": error])
            let said = body.message.map { failures.redactor.clean($0) } ?? "the server gave no reason"
            var failure = ProviderError(.operationFailed, .yandexGPT, said)
            failure.serverCode = body.code
            failure.requestID = requestID
            return .failure(failure)
        }
        guard let answer = operation.response?.answer(requestID: requestID) else {
            return .failure(ProviderError(.malformedResponse, .yandexGPT, "The operation ended without an answer."))
        }
        return .success(answer)
    }
}
