@testable import CurlTransport
import Testing

@Suite struct `Header section` {
    private func append(_ text: String, to section: HeaderSection) {
        unsafe Array(text.utf8).withUnsafeBytes { unsafe section.append($0) }
    }

    @Test func `lines come out as they went in, also when they outgrow the memory that is there`() {
        let section = HeaderSection()
        #expect(section.bytes.isEmpty)
        for size in [1, 510, 511, 512, 513, 4_096, 4_097, 300_000] {
            let line = "X: " + String(repeating: "a", count: size) + "\r\n"
            append("First: 1\r\n", to: section)
            append(line, to: section)
            append("", to: section)
            append("Last: 2\r\n", to: section)
            #expect(section.bytes == Array("First: 1\r\n\(line)Last: 2\r\n".utf8))
            section.removeAll()
            #expect(section.bytes.isEmpty)
        }
    }

    @Test func `a small section after a large one is itself alone`() {
        let section = HeaderSection()
        append(String(repeating: "x", count: 100_000), to: section)
        section.removeAll()
        append("small", to: section)
        #expect(section.bytes == Array("small".utf8))
    }
}
