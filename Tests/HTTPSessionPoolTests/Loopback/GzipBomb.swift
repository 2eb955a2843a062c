import TestSupport

/// A small gzip file that unpacks to many zero bytes, made by the system's own `gzip`.
enum GzipBomb {
    /// The packed bytes.
    static func bytes(of count: Int) async throws -> [UInt8] {
        let directory = try TemporaryDirectory("gzip-bomb")
        try await Command.run("sh", ["-c", "head -c \(count) /dev/zero | gzip -9 >\(directory.file("bomb"))"])
        return try directory.read("bomb")
    }
}
