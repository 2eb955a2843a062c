internal import CMicroHTTPDShim

/// Time as the C side tells it.
enum SystemClock {
    /// Nanoseconds since 1970.
    static var wall: Int64 { cmhd_wall_now() }
    /// Nanoseconds of the monotonic clock.
    static var monotonic: Int64 { cmhd_monotonic_now() }
}

/// Private files on disk, for certificates that other programs read.
enum PrivateFiles {
    /// Makes a directory that only this user may enter.
    static func makeDirectory() throws(SimulatorError) -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let error = unsafe path.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return CInt(0) }
            return unsafe cmhd_private_directory_create(base, buffer.count)
        }
        guard error == 0 else {
            throw SimulatorError(.fileFailed, "cannot make a private directory (errno \(error)); set TMPDIR")
        }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file that only this user may read.
    static func write(_ text: String, to path: String) throws(SimulatorError) {
        let error = unsafe cmhd_private_file_write(path, text)
        guard error == 0 else {
            throw SimulatorError(.fileFailed, "cannot write \(path) (errno \(error)); set TMPDIR")
        }
    }

    /// Removes a file or an empty directory; one that is gone already is fine.
    static func remove(_ path: String) {
        _ = unsafe cmhd_private_path_remove(path)
    }
}

extension Duration {
    /// The duration in nanoseconds, saturated.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }
}
