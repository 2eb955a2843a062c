internal import CurlTransport
import Synchronization

/// A response's body while it arrives: pieces of bytes, events or JSON objects, read once.
///
/// The sender is stopped while the reader is slow. The transfer ends when the body is dropped, when the loop that reads
/// it is left, or when the reading task is cancelled.
public struct ResponseBody: AsyncSequence, Sendable {
    /// A piece of the body, as large as what had arrived.
    public typealias Element = [UInt8]
    /// What a body can fail with.
    public typealias Failure = SessionError

    let reader: StreamReader

    /// Reads the pieces.
    public struct Iterator: AsyncIteratorProtocol {
        let reader: StreamReader

        /// The next piece; `nil` at the end.
        ///
        /// - Throws: ``SessionError`` when the body broke off.
        public mutating func next() async throws(SessionError) -> [UInt8]? {
            try await reader.next(deadline: nil)
        }

        /// The next piece; `nil` at the end.
        ///
        /// - Parameter actor: The caller's isolation.
        /// - Returns: The piece, or `nil`.
        /// - Throws: ``SessionError`` when the body broke off.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(SessionError) -> [UInt8]? {
            try await reader.next(deadline: nil)
        }
    }

    /// Starts reading; two iterators share the pieces between them.
    public func makeAsyncIterator() -> Iterator {
        Iterator(reader: reader)
    }

    /// Reads the rest of the body.
    ///
    /// - Parameter limit: The most bytes accepted. Default 64 MiB.
    /// - Returns: The bytes.
    /// - Throws: ``SessionError`` when the body broke off or exceeds the limit.
    public func collect(upTo limit: Int = 64 * 1_024 * 1_024) async throws(SessionError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await reader.next(deadline: nil) {
            guard bytes.count + piece.count <= limit else {
                throw SessionError(
                    .bodyTooLarge,
                    "The body exceeds \(limit) bytes.",
                    origin: reader.origin,
                    delivery: .maybeProcessed
                )
            }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }
}

/// The reading end of one streamed response; its last reference ends the transfer.
final class StreamReader: Sendable {
    private let core: SessionCore
    private let id: UInt64
    private let owner: any SessionOwner
    private let hasLeft = Atomic<Bool>(false)
    /// The limits of the request.
    let timeouts: Timeouts
    /// What the transfer cost, once it has ended.
    let report: StreamReport

    init(core: SessionCore, _ opened: OpenedStream, owner: any SessionOwner, timeouts: Timeouts) {
        self.core = core
        id = opened.id
        report = opened.report
        self.owner = owner
        self.timeouts = timeouts
    }

    deinit {
        guard !hasLeft.load(ordering: .relaxed) else { return }
        let (core, id, owner) = (core, id, owner)
        core.loop.submit {
            core.assumeIsolated { $0.abandon(id) }
            core.gate.noteUse()
            core.leave(telling: owner)
        }
    }

    var origin: String { core.origin }

    /// How much of a stream is taken for one event or object.
    var limits: SessionConfiguration.Limits { core.configuration.limits }

    func next(deadline: MonotonicTime?) async throws(SessionError) -> [UInt8]? {
        guard !hasLeft.load(ordering: .acquiring) else { return nil }
        try ForkGuard.check(origin: origin)
        do throws(SessionError) {
            if let piece = try await core.nextPiece(of: id, deadline: deadline).get() { return piece }
            leave()
            return nil
        } catch {
            // A second reader is sent away; the first one's stream goes on.
            if error.code != .invalidRequest { leave() }
            throw error
        }
    }

    private func leave() {
        guard !hasLeft.exchange(true, ordering: .acquiringAndReleasing) else { return }
        core.gate.noteUse()
        core.leave(telling: owner)
    }
}
