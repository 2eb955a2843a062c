@testable import CurlTransport
@testable import HTTPSessionPool

/// Header sections: what was read and is printed again reads the same, and nothing that may go out breaks a line.
@Sendable func fuzzHeaders(_ input: [UInt8]) {
    let fields = Array(HeaderFields(wire: input))
    var printed: [UInt8] = []
    for field in fields {
        check(!field.value.utf8.contains(0x0a), "a value has a line feed")
        check(!field.name.utf8.contains(0x0a) && !field.name.utf8.contains(0x3a), "a name has a line feed or a colon")
        printed += Array("\(field.name): \(field.value)\r\n".utf8)
    }
    let again = Array(HeaderFields(wire: printed))
    check(again == fields, "\(fields) was printed, and read as \(again)")
    checkLookUp(HeaderFields(wire: input))
    checkOutgoing(input)
}

/// A field is found by its name in any case, and the first one of a name is what the subscript gives.
private func checkLookUp(_ fields: HeaderFields) {
    for field in fields {
        let values = fields.values(for: field.name.uppercased())
        // Only ASCII letters have two cases here.
        guard field.name.utf8.allSatisfy({ $0 < 0x80 }) else { continue }
        check(values.contains(field.value), "'\(field.name)' is not found by its name in capitals")
        check(fields[field.name] == values.first, "the subscript of '\(field.name)' is not the first value")
    }
}

/// Of names and values that a caller gives, those that pass are lines of their own.
private func checkOutgoing(_ input: [UInt8]) {
    let halves = input.split(separator: 0x3a, maxSplits: 1, omittingEmptySubsequences: false)
    let words = halves.map { String(decoding: $0, as: UTF8.self) }
    let given = HeaderFields([HeaderField(name: words[0], value: words.count > 1 ? words[1] : "")])
    do throws(SessionError) {
        for header in try given.checked(origin: "https://fuzz.test") {
            check(!header.name.isEmpty && header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "a name has passed")
            let isClean = header.value.utf8.allSatisfy { $0 != 0x0d && $0 != 0x0a && $0 != 0 }
            check(isClean, "a value with a line break has passed")
        }
    } catch {
        check(error.code == .invalidRequest, "refused with \(error.code)")
    }
}
