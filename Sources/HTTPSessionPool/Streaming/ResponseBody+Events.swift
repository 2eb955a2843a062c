internal import CurlTransport

extension ResponseBody {
    /// The body as server-sent events, by the rules of the WHATWG.
    ///
    /// Comments, such as heartbeats, are not events: a server that sends nothing else for longer than
    /// ``Timeouts/noProgress`` fails with ``SessionError/Code/noProgress``. One that is larger than
    /// ``SessionConfiguration/Limits/maxEventBytes`` fails with ``SessionError/Code/malformedStream``.
    public var events: Events { Events(reader: reader) }

    /// The body as server-sent events of a service of models, see ``ServerSentEventDecoder/Dialect/lenient``.
    ///
    /// A last event without the blank line after it counts if its data is whole: servers were seen that leave the line out.
    package var lenientEvents: Events { Events(reader: reader, dialect: .lenient) }

    /// The body as JSON objects, each as its bytes, however they are split or joined on the way.
    ///
    /// One that is larger than ``SessionConfiguration/Limits/maxObjectBytes`` fails with
    /// ``SessionError/Code/malformedStream``.
    public var jsonObjects: JSONObjects { JSONObjects(reader: reader) }

    /// The events of a body.
    public struct Events: AsyncSequence, Sendable {
        /// An event.
        public typealias Element = ServerSentEvent
        /// What a stream can fail with.
        public typealias Failure = SessionError

        let reader: StreamReader
        var dialect = ServerSentEventDecoder.Dialect.standard

        /// Reads the events.
        public struct Iterator: AsyncIteratorProtocol {
            private var pieces: DecodedPieces<ServerSentEvent>
            private var decoder: ServerSentEventDecoder

            private let dialect: ServerSentEventDecoder.Dialect

            init(reader: StreamReader, dialect: ServerSentEventDecoder.Dialect) {
                pieces = DecodedPieces(reader: reader)
                self.dialect = dialect
                let limit = reader.limits.maxEventBytes
                decoder = ServerSentEventDecoder(maxLineSize: limit, maxEventSize: limit, dialect: dialect)
            }

            /// The next event; `nil` at the end of the stream.
            ///
            /// - Throws: ``SessionError`` when the stream broke off, stalled or is no event stream.
            public mutating func next() async throws(SessionError) -> ServerSentEvent? {
                try await next(isolation: #isolation)
            }

            /// The next event; `nil` at the end of the stream.
            ///
            /// - Parameter actor: The caller's isolation.
            /// - Returns: The event, or `nil`.
            /// - Throws: ``SessionError`` when the stream broke off, stalled or is no event stream.
            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(SessionError) -> ServerSentEvent? {
                while true {
                    if let event = pieces.popFirst() { return event }
                    let bytes = try await pieces.read()
                    do {
                        guard let bytes else {
                            guard dialect == .lenient, let last = try decoder.finish(), last.isWhole else { return nil }
                            return last
                        }
                        try decoder.decode(bytes, into: &pieces.decoded)
                    } catch {
                        throw pieces.failure(error)
                    }
                }
            }
        }

        /// Starts reading.
        public func makeAsyncIterator() -> Iterator {
            Iterator(reader: reader, dialect: dialect)
        }
    }

    /// The JSON objects of a body.
    public struct JSONObjects: AsyncSequence, Sendable {
        /// The bytes of an object.
        public typealias Element = [UInt8]
        /// What a stream can fail with.
        public typealias Failure = SessionError

        let reader: StreamReader

        /// Reads the objects.
        public struct Iterator: AsyncIteratorProtocol {
            private var pieces: DecodedPieces<[UInt8]>
            private var decoder: JSONSequenceDecoder

            init(reader: StreamReader) {
                pieces = DecodedPieces(reader: reader)
                decoder = JSONSequenceDecoder(maxObjectSize: reader.limits.maxObjectBytes)
            }

            /// The next object; `nil` at the end of the stream.
            ///
            /// - Throws: ``SessionError`` when the stream broke off, stalled, or is no sequence of objects.
            public mutating func next() async throws(SessionError) -> [UInt8]? {
                try await next(isolation: #isolation)
            }

            /// The next object; `nil` at the end of the stream.
            ///
            /// - Parameter actor: The caller's isolation.
            /// - Returns: The object, or `nil`.
            /// - Throws: ``SessionError`` when the stream broke off, stalled, or is no sequence of objects.
            public mutating func next(isolation actor: isolated (any Actor)?) async throws(SessionError) -> [UInt8]? {
                while true {
                    if let object = pieces.popFirst() { return object }
                    let bytes = try await pieces.read()
                    do {
                        guard let bytes else {
                            try decoder.finish()
                            return nil
                        }
                        try decoder.decode(bytes, into: &pieces.decoded)
                    } catch {
                        throw pieces.failure(error)
                    }
                }
            }
        }

        /// Starts reading.
        public func makeAsyncIterator() -> Iterator {
            Iterator(reader: reader)
        }
    }
}

/// What a stream's decoder has made of the pieces so far, handed out one by one.
struct DecodedPieces<Element> {
    /// Where the decoder puts what it has found.
    var decoded: [Element] = []

    private let reader: StreamReader
    private var next = 0
    /// Since when the reader has waited for something to be decoded.
    private var waitingSince: MonotonicTime?

    init(reader: StreamReader) {
        self.reader = reader
    }

    mutating func popFirst() -> Element? {
        guard next < decoded.count else { return nil }
        defer { next += 1 }
        // Only what was decoded is progress: the wait goes on through comments.
        waitingSince = nil
        return decoded[next]
    }

    /// The next piece of the body, once everything decoded has been handed out.
    mutating func read() async throws(SessionError) -> [UInt8]? {
        decoded.removeAll(keepingCapacity: true)
        next = 0
        let start = waitingSince ?? .now
        waitingSince = start
        return try await reader.next(deadline: reader.timeouts.noProgress.map { start.advanced(by: $0) })
    }

    func failure(_ error: any Error) -> SessionError {
        SessionError(.malformedStream, "\(error)", origin: reader.origin, delivery: .maybeProcessed)
    }
}
