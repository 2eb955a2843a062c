/// Where a streamed body waits for its reader.
///
/// It belongs to the session's actor, as the transfer does, but outlives it: the connection is free for the next request
/// while the reader is still at the last bytes.
package final class StreamSink {
    /// Bytes held before the sender is stopped.
    package let highWaterMark: Int
    /// Whose stream it is, in the client's terms.
    package let tag: UInt64
    /// Status and headers, once they are complete.
    package internal(set) var head: TransferHead?
    /// How the transfer ended, if it has.
    package internal(set) var outcome = TransferOutcome.running
    /// The most bytes that have been held at once.
    package private(set) var peakBytes = 0

    private var bytes: [UInt8] = []
    /// Whether the engine has it on its list of sinks that have changed.
    var isMarked = false

    package init(highWaterMark: Int, tag: UInt64) {
        self.highWaterMark = max(1, highWaterMark)
        self.tag = tag
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

    func append(_ piece: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: piece)
        peakBytes = max(peakBytes, bytes.count)
    }
}
