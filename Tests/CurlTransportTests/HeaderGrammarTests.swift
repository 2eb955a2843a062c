@testable import CurlTransport
import Testing

@Suite struct `Header grammar` {
    private func fault(_ lines: [String]) -> HeadFault? {
        var grammar = HeaderGrammar()
        for line in lines {
            let fault = unsafe Array(line.utf8).withUnsafeBytes { unsafe grammar.take($0) }
            if let fault { return fault }
        }
        return grammar.faultOfSection(status: 200, isHead: false)
    }

    private func length(_ lines: [String]) -> Int64? {
        var grammar = HeaderGrammar()
        for line in lines { _ = unsafe Array(line.utf8).withUnsafeBytes { unsafe grammar.take($0) } }
        return grammar.bodyLength
    }

    // A line feed at the last place would be the line's end.
    @Test(arguments: 1...39)
    func `a control is found at every place, and a tab is none`(place: Int) {
        for byte in (0...0x20).map({ $0 as UInt8 }) + [0x7e, 0x7f, 0x80, 0x9f, 0xff] {
            var line = Array("X:".utf8) + [UInt8](repeating: 0x61, count: 40)
            line[place + 1] = byte
            var grammar = HeaderGrammar()
            let fault = unsafe line.withUnsafeBytes { unsafe grammar.take($0) }
            let isControl = (byte < 0x20 && byte != 0x09) || byte == 0x7f
            #expect(fault == (isControl ? .control : nil), "\(byte)")
        }
    }

    @Test func `a name is a token of RFC 9110`() {
        for byte in UInt8.min...UInt8.max where byte != 0x20 && byte != 0x09 && byte != 0x3a {
            let text = String(UnicodeScalar(byte))
            let isToken =
                byte < 0x80
                && (text.first.map { $0.isLetter || $0.isNumber } == true || "!#$%&'*+-.^_`|~".contains(text))
            let line = Array("X".utf8) + [byte] + Array("Y: z\r\n".utf8)
            var grammar = HeaderGrammar()
            let fault = unsafe line.withUnsafeBytes { unsafe grammar.take($0) }
            #expect((fault == nil) == isToken, "\(byte)")
        }
    }

    @Test func `the end of a line is a line feed with or without a CR`() {
        #expect(fault(["A: b\r\n", "A: b\n", "A: b"]) == nil)
        #expect(fault(["A: b\r\r\n"]) == .control)
        #expect(fault(["A: b\r"]) == .control)
    }

    @Test func `lengths`() {
        #expect(length(["Content-Length: 12\r\n"]) == 12)
        #expect(length(["CONTENT-LENGTH:12, 12 ,12\r\n", "content-length: 012\n"]) == 12)
        #expect(length(["Content-Length: 9223372036854775807\r\n"]) == .max)
        #expect(length(["Content-Length: 12\r\n", "Transfer-Encoding: chunked\r\n"]) == nil)
        #expect(length(["Content-Lengts: 12\r\n"]) == nil)
        #expect(length([]) == nil)
        #expect(fault(["Content-Length: 12x\r\n", "Transfer-Encoding: chunked\r\n"]) == nil)
        #expect(fault(["Content-Length: 1\r\n", "Content-Length: 2\r\n", "Content-Length: 1\r\n"]) == .contentLength)
    }

    @Test func `continuations`() {
        #expect(fault([" a: b\r\n"]) == .strayContinuation)
        #expect(fault(["A: b\r\n", " c\r\n", "\td\r\n", " \r\n"]) == nil)
        #expect(fault(["Content-Length: 1\r\n", " c\r\n"]) == .foldedFraming)
        #expect(fault(["Transfer-Encoding: a\r\n", "\tb\r\n"]) == .foldedFraming)
        #expect(fault(["Content-Length: 1\r\n", "A: b\r\n", " c\r\n"]) == nil)
    }

    @Test func `a section begins anew`() throws {
        var grammar = HeaderGrammar()
        _ = unsafe Array("Content-Length: x\r\n".utf8).withUnsafeBytes { unsafe grammar.take($0) }
        #expect(grammar.faultOfSection(status: 103, isHead: false) == nil)
        #expect(grammar.faultOfSection(status: 200, isHead: true) == nil)
        #expect(grammar.faultOfSection(status: 200, isHead: false) == .contentLength)
        #expect(grammar.faultOfSection(status: 101, isHead: false) == .switchingProtocols)
        grammar.begin()
        #expect(grammar.faultOfSection(status: 200, isHead: false) == nil)
    }
}
