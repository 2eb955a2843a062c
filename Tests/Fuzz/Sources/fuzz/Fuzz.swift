import Glibc

/// What libFuzzer calls with every input.
///
/// One program holds all fuzzers, because building it is what takes time; `FUZZ_TARGET` says which one runs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    target(input)
    return 0
}

/// The entry point: SwiftPM calls that of a program by the program's name, so that libFuzzer's own is not found.
@_cdecl("fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, arguments) = unsafe (count, arguments)
    return unsafe runDriver(&count, &arguments, fuzzOneInput)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private let target: @Sendable ([UInt8]) -> Void = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    switch name {
    case "headers": return fuzzHeaders
    case "sse": return fuzzEvents
    case "json": return fuzzObjects
    case "urls": return fuzzURLs
    default: fail("FUZZ_TARGET is one of headers, sse, json, urls, not '\(name)'")
    }
}()

/// Ends the process in a way that libFuzzer keeps the input of.
func fail(_ message: String) -> Never {
    let line = Array("PROPERTY BROKEN: \(message)\n".utf8)
    _ = unsafe write(STDERR_FILENO, line, line.count)
    abort()
}

/// A property that has to hold.
func check(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fail(message()) }
}

/// The bytes in pieces whose lengths other bytes decide; an empty piece may be among them.
func pieces(of bytes: [UInt8], cutBy lengths: [UInt8]) -> [[UInt8]] {
    var (rest, index, result) = (bytes[...], 0, [[UInt8]]())
    while !rest.isEmpty {
        let length = lengths.isEmpty ? 1 : Int(lengths[index % lengths.count] & 31)
        // Lengths that are all zero would never end.
        let piece = rest.prefix(length == 0 && index % 2 == 1 ? 1 : length)
        result.append(Array(piece))
        rest = rest.dropFirst(piece.count)
        index += 1
    }
    return result
}
