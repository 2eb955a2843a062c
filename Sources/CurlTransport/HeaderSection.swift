/// The lines of a response's header section as they come, in memory that is used again for the next response.
///
/// Lines are copied as they are: an array would look at every piece's type and ownership, 100 instructions a line.
@safe
final class HeaderSection {
    /// What most sections fit into; a larger buffer is freed when its response has been handed over.
    private static let keptCapacity = 4_096

    private var storage: UnsafeMutableRawBufferPointer
    private var count = 0

    init() {
        unsafe storage = .allocate(byteCount: 256, alignment: 1)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// Adds a line.
    func append(_ line: UnsafeRawBufferPointer) {
        if unsafe count + line.count > storage.count { grow(to: count + line.count) }
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: line)
        count += line.count
    }

    /// Forgets the lines.
    func removeAll() {
        count = 0
        guard unsafe storage.count > Self.keptCapacity else { return }
        unsafe storage.deallocate()
        unsafe storage = .allocate(byteCount: Self.keptCapacity, alignment: 1)
    }

    /// A copy of all lines.
    var bytes: [UInt8] { unsafe Array(storage[..<count]) }

    private func grow(to needed: Int) {
        let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(needed, 2 * storage.count),
            alignment: 1
        )
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
        unsafe storage.deallocate()
        unsafe storage = larger
    }
}
