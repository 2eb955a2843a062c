@testable import HTTPSessionPool

/// Sequences of JSON objects: cut anywhere the objects are the same, each from brace to brace and within the limit.
///
/// The input begins as that of `fuzzEvents`.
@Sendable func fuzzObjects(_ input: [UInt8]) {
    guard input.count >= 2 else { return }
    let limit = 1 + Int(input[0])
    let lengths = Array(input.dropFirst(2).prefix(Int(input[1] & 15)))
    let stream = Array(input.dropFirst(2 + lengths.count))
    let whole = Decoded(stream.isEmpty ? [] : [stream], limit: limit)
    let cut = Decoded(pieces(of: stream, cutBy: lengths), limit: limit)
    let single = Decoded(stream.map { [$0] }, limit: limit)
    check(cut == whole, "cut by \(lengths) it is \(cut), whole it is \(whole)")
    check(single == whole, "byte by byte it is \(single), whole it is \(whole)")
    var rest = stream[...]
    for object in whole.objects {
        check(object.count <= limit, "an object of \(object.count) bytes is over the limit \(limit)")
        check(object.first == 0x7b && object.last == 0x7d, "an object is not from brace to brace")
        // Nothing but what stands between objects is left out.
        while let first = rest.first, !rest.starts(with: object) {
            let isBetween = " \t\n\r,[]".utf8.contains(first) || [0xef, 0xbb, 0xbf].contains(first)
            check(isBetween, "the byte \(first) is lost")
            rest.removeFirst()
        }
        check(rest.starts(with: object), "an object is not in the stream")
        rest = rest.dropFirst(object.count)
    }
}

private struct Decoded: Equatable {
    var objects: [[UInt8]] = []
    var error: StreamDecodingError?

    init(_ pieces: [[UInt8]], limit: Int) {
        var decoder = JSONSequenceDecoder(maxObjectSize: limit)
        do throws(StreamDecodingError) {
            for piece in pieces { try decoder.decode(piece, into: &objects) }
            try decoder.finish()
        } catch {
            self.error = error
            // It stays failed.
            do throws(StreamDecodingError) {
                try decoder.decode([0x7b, 0x7d], into: &objects)
                fail("a decoder that failed goes on")
            } catch let again {
                check(again == error, "first \(error), then \(again)")
            }
        }
    }
}
