/// What makes a response's header section invalid, in the terms of RFC 9110 and RFC 9112.
package enum HeadFault: Sendable, Hashable, CaseIterable {
    /// It does not begin with a status line.
    case statusLine
    /// A control character other than a tab (RFC 9110, section 5.5).
    case control
    /// A name that is no token, blanks before the colon, or no colon (RFC 9112, sections 5 and 5.1).
    case fieldName
    /// A continuation with nothing before it that it could continue (RFC 9112, section 2.2).
    case strayContinuation
    /// A field that frames the body goes on in a second line, which libcurl before 8.18 does not read.
    case foldedFraming
    /// A length that is no number, too large for one, or several that differ (RFC 9112, section 6.3).
    case contentLength
    /// Another protocol, which nobody asked for (RFC 9110, section 7.8).
    case switchingProtocols
}

/// Reads a response's header lines as they come, and says what is wrong with them.
///
/// libcurl 7.88.1 takes the last of several lengths, and as much of one as is a number; a CR in a value and any name reach
/// the caller. A line costs a look at its name and one at every eighth byte: nothing is copied.
struct HeaderGrammar {
    private enum Line {
        case none, field, framing
    }

    private enum Length {
        case absent, invalid
        case bytes(Int64)
    }

    private var previous = Line.none
    private var length = Length.absent
    private var isTransferEncoded = false

    /// The length that the section announces and that frames its body; `nil` for none.
    var bodyLength: Int64? {
        guard !isTransferEncoded, case .bytes(let count) = length else { return nil }
        return count
    }

    /// Begins another section.
    mutating func begin() {
        (previous, length, isTransferEncoded) = (.none, .absent, false)
    }

    /// Begins the trailer section, whose fields frame nothing.
    mutating func beginTrailers() {
        previous = .field
    }

    /// Whether the line, without its end, is one that a status line may be.
    static func faultOfStatusLine(_ line: UnsafeRawBufferPointer) -> HeadFault? {
        guard unsafe !hasControl(line, count: contentCount(line)) else { return .control }
        return nil
    }

    /// Takes in a line of fields; what is wrong with it, if anything is.
    mutating func take(_ line: UnsafeRawBufferPointer, isTrailer: Bool = false) -> HeadFault? {
        let count = unsafe Self.contentCount(line)
        guard unsafe !Self.hasControl(line, count: count) else { return .control }
        guard count > 0 else { return .fieldName }
        if unsafe line[0] == 0x20 || line[0] == 0x09 { return faultOfContinuation() }
        guard let colon = unsafe Self.endOfToken(line, count: count), colon > 0, colon < count,
            unsafe line[colon] == 0x3a
        else { return .fieldName }
        previous = .field
        guard colon == 14 || colon == 17, !isTrailer else { return nil }
        if colon == 14, unsafe Self.matches(line, "content-length") {
            previous = .framing
            unsafe addLength(UnsafeRawBufferPointer(rebasing: line[(colon + 1)..<count]))
        } else if colon == 17, unsafe Self.matches(line, "transfer-encoding") {
            previous = .framing
            isTransferEncoded = true
        }
        return nil
    }

    /// What is wrong with the section as a whole.
    ///
    /// A body that the status or the method rules out has no length to be wrong, and chunks have their own.
    func faultOfSection(status: Int, isHead: Bool) -> HeadFault? {
        if status == 101 { return .switchingProtocols }
        guard case .invalid = length, !isTransferEncoded, !isHead, status >= 200, status != 204, status != 304 else {
            return nil
        }
        return .contentLength
    }

    private func faultOfContinuation() -> HeadFault? {
        switch previous {
        case .none: .strayContinuation
        case .field: nil
        case .framing: .foldedFraming
        }
    }

    // MARK: Content-Length

    /// Takes in the value of a length: a number, or a list of the same number.
    private mutating func addLength(_ value: UnsafeRawBufferPointer) {
        var rest = unsafe value[...]
        var hasOne = false
        while true {
            let end = unsafe rest.firstIndex(of: 0x2c) ?? rest.endIndex
            let element = unsafe Self.trimmed(rest[rest.startIndex..<end])
            if unsafe !element.isEmpty {
                guard let number = unsafe Self.number(element) else { return length = .invalid }
                hasOne = true
                add(number)
            }
            guard unsafe end < rest.endIndex else { break }
            unsafe rest = unsafe rest[(end + 1)...]
        }
        if !hasOne { length = .invalid }
    }

    private mutating func add(_ number: Int64) {
        switch length {
        case .absent: length = .bytes(number)
        case .bytes(number), .invalid: break
        case .bytes: length = .invalid
        }
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int64? {
        var number: Int64 = 0
        for index in unsafe digits.startIndex..<digits.endIndex {
            let digit = unsafe digits[index] &- 0x30
            guard digit < 10 else { return nil }
            let (shifted, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }

    private static func trimmed(_ text: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var (start, end) = unsafe (text.startIndex, text.endIndex)
        while start < end, unsafe text[start] == 0x20 || text[start] == 0x09 { start += 1 }
        while end > start, unsafe text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        return unsafe text[start..<end]
    }

    // MARK: Bytes

    /// How long the line is without its CRLF; RFC 9112, section 2.2, lets a line feed alone stand for it.
    private static func contentCount(_ line: UnsafeRawBufferPointer) -> Int {
        var count = line.count
        guard count > 0, unsafe line[count - 1] == 0x0a else { return count }
        count -= 1
        if count > 0, unsafe line[count - 1] == 0x0d { count -= 1 }
        return count
    }

    /// Where the token ends that the line begins with.
    private static func endOfToken(_ line: UnsafeRawBufferPointer, count: Int) -> Int? {
        for index in 0..<count where unsafe !isToken(line[index]) { return index }
        return nil
    }

    /// Whether the byte may stand in a token (RFC 9110, section 5.6.2); a bit for each.
    private static func isToken(_ byte: UInt8) -> Bool {
        let half: UInt64
        switch byte >> 6 {
        case 0: half = 0x03ff_6cfa_0000_0000  // digits and ! # $ % & ' * + - .
        case 1: half = 0x57ff_ffff_c7ff_fffe  // letters and ^ _ ` | ~
        default: return false
        }
        return half >> UInt64(byte & 63) & 1 != 0
    }

    private static func matches(_ line: UnsafeRawBufferPointer, _ lowerCase: StaticString) -> Bool {
        let name = unsafe UnsafeRawBufferPointer(start: lowerCase.utf8Start, count: lowerCase.utf8CodeUnitCount)
        for index in 0..<name.count where unsafe line[index] | 0x20 != name[index] { return false }
        return true
    }

    private static func hasControl(_ line: UnsafeRawBufferPointer, count: Int) -> Bool {
        var index = 0
        while index + 8 <= count {
            let word = unsafe line.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if mayHaveControl(word), unsafe line[index..<(index + 8)].contains(where: isControl) { return true }
            index += 8
        }
        while index < count {
            if unsafe isControl(line[index]) { return true }
            index += 1
        }
        return false
    }

    /// Whether one of eight bytes is below a space, or a DEL: a tab is, too.
    private static func mayHaveControl(_ word: UInt64) -> Bool {
        let low = (word &- 0x2020_2020_2020_2020) & ~word
        let difference = word ^ 0x7f7f_7f7f_7f7f_7f7f
        let delete = (difference &- 0x0101_0101_0101_0101) & ~difference
        return (low | delete) & 0x8080_8080_8080_8080 != 0
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != 0x09) || byte == 0x7f
    }
}
