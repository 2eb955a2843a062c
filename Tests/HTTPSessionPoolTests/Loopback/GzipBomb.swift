import Foundation
import TestSupport

/// A small gzip file that unpacks to many zero bytes, made by the system's own `gzip`.
enum GzipBomb {
    /// The packed bytes.
    static func bytes(of count: Int) throws -> [UInt8] {
        let packer = Process()
        packer.executableURL = URL(filePath: try Command.find("sh"))
        packer.arguments = ["-c", "head -c \(count) /dev/zero | gzip -9"]
        let output = Pipe()
        packer.standardOutput = output
        try packer.run()
        let packed = output.fileHandleForReading.readDataToEndOfFile()
        packer.waitUntilExit()
        return Array(packed)
    }
}
