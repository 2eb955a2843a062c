/// Where a streamed body waits for its reader.
///
/// It belongs to the session's actor, as the transfer does, but outlives it: the connection is free for the next request
/// while the reader is still at the last bytes.
package final class StreamSink {
    /// Bytes held before the sender is stopped.
    package let highWaterMark: Int
    /// Status and headers, once they are complete.
    package internal(set) var head: TransferHead?
    /// How the transfer ended; `nil` while it runs.
    package internal(set) var outcome: Result<TransferMetrics, TransferFailure>?
    /// The most bytes that have been held at once.
    package private(set) var peakBytes = 0

    private var bytes: [UInt8] = []
    private var waiter: CheckedContinuation<Void, Never>?

    package init(highWaterMark: Int) {
        self.highWaterMark = highWaterMark
    }

    /// Whether bytes are waiting.
    package var hasBytes: Bool { !bytes.isEmpty }

    /// Whether another piece must wait until the reader has caught up.
    var isFull: Bool { bytes.count >= highWaterMark }

    /// Takes everything that is waiting.
    package func takeBytes() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        return taken
    }

    /// Waits until something changes: the head, bytes or the end.
    package func change(isolation: isolated (any Actor)? = #isolation) async {
        await withCheckedContinuation { continuation in
            waiter?.resume()
            waiter = continuation
        }
    }

    /// Tells the reader that something has changed.
    package func notify() {
        waiter?.resume()
        waiter = nil
    }

    func append(_ piece: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: piece)
        peakBytes = max(peakBytes, bytes.count)
        notify()
    }

    func finish(_ outcome: Result<TransferMetrics, TransferFailure>) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        notify()
    }
}
