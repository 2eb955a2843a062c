/// A streamed answer: `for try await delta in client.stream("…")`.
///
/// The request is sent when the first piece is asked for. Leaving the loop early ends the transfer. A stream that ends
/// without its protocol's end marker throws ``ProviderError/Code/streamTruncated`` with what had arrived; nothing is
/// retried once a piece was handed out.
public struct ChatStream: AsyncSequence, Sendable {
    /// A piece of the answer.
    public typealias Element = ChatDelta
    /// What ends the stream early.
    public typealias Failure = ProviderError

    private let open: @Sendable () async throws(ProviderError) -> any DeltaSource

    init(open: @escaping @Sendable () async throws(ProviderError) -> any DeltaSource) {
        self.open = open
    }

    /// Starts reading; the request is sent by the first call of `next()`.
    public func makeAsyncIterator() -> Iterator {
        Iterator(state: .idle(open))
    }

    /// Reads to the end and puts the pieces together.
    public func collect() async throws(ProviderError) -> ChatResponse {
        var accumulator = ChatAccumulator()
        for try await delta in self {
            accumulator.add(delta)
        }
        return accumulator.response
    }

    /// Reads the pieces; dropping it ends the transfer.
    public struct Iterator: AsyncIteratorProtocol {
        enum State {
            /// Nothing was sent yet.
            case idle(@Sendable () async throws(ProviderError) -> any DeltaSource)
            /// The answer is arriving.
            case reading(any DeltaSource)
            /// The stream has ended or failed.
            case ended
        }

        var state: State

        /// The next piece; `nil` after the last.
        public mutating func next() async throws(ProviderError) -> ChatDelta? {
            try await next(isolation: #isolation)
        }

        /// The next piece; `nil` after the last.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ProviderError) -> ChatDelta? {
            var source: any DeltaSource
            // Whatever is thrown below, the stream has ended: a second call must not send the request again.
            switch exchange(&state, with: .ended) {
            case .ended: return nil
            case .idle(let open): source = try await open()
            case .reading(let open): source = open
            }
            guard let delta = try await source.next() else { return nil }
            state = .reading(source)
            return delta
        }
    }
}

/// Where the pieces of one streamed answer come from.
protocol DeltaSource {
    /// The next piece; `nil` after the last.
    mutating func next() async throws(ProviderError) -> ChatDelta?
}
