/// Cuts a body into the JSON objects that it consists of, whatever stands between them.
///
/// Servers stream objects one per line, one after the other without any separator, over several lines each, or as
/// the elements of one array that takes minutes to close; and HTTP cuts all of it anywhere. Only strings, escapes
/// and nesting are followed: whether an object is valid inside is for its parser to say.
package struct JSONSequenceDecoder: Sendable {
    /// What may come next outside of an object, beside white space.
    private enum Expectation: Sendable {
        /// An object, or an array of objects.
        case value
        /// The first object of an array, or its end.
        case elementOrEnd
        /// A comma, or the end of the array.
        case commaOrEnd
        /// The object after a comma.
        case element
    }

    /// Where the decoder is inside an object.
    private struct Nesting: Sendable {
        /// How many braces are open; 0 outside of an object.
        var depth = 0
        var isInString = false
        var isEscaped = false
    }

    /// The largest object allowed, in bytes.
    package let maxObjectSize: Int

    private var expectation = Expectation.value
    private var nesting = Nesting()
    /// The beginning of an object whose end has not come yet.
    private var partialObject: [UInt8] = []
    /// How many bytes of a byte order mark the stream began with.
    private var markSize = 0
    /// How many bytes came before the current piece.
    private var consumed = 0
    private var failure: StreamDecodingError?

    /// A decoder at the beginning of a stream.
    ///
    /// - Parameter maxObjectSize: The largest object allowed, in bytes; 8 MiB unless told otherwise.
    package init(maxObjectSize: Int = 8 << 20) {
        self.maxObjectSize = maxObjectSize
    }

    /// Takes the next bytes of the body and appends the objects that they complete.
    ///
    /// After an error the decoder is of no more use: it throws the same error again. Objects that were complete
    /// before the error are in `objects`.
    ///
    /// - Parameters:
    ///   - bytes: The next piece of the body, cut anywhere.
    ///   - objects: Where complete objects are appended, from `{` to `}`, as they came.
    /// - Throws: When there is something other than objects, or one is larger than it may be.
    package mutating func decode(
        _ bytes: [UInt8],
        into objects: inout [[UInt8]]
    ) throws(StreamDecodingError) {
        if let failure { throw failure }
        do {
            try split(bytes, into: &objects)
            consumed += bytes.count
        } catch {
            failure = error
            throw error
        }
    }

    /// Ends the stream.
    ///
    /// - Throws: When it ended inside an object or an array, or the error that ``decode(_:into:)`` threw.
    package mutating func finish() throws(StreamDecodingError) {
        if let failure { throw failure }
        let isComplete = nesting.depth == 0 && expectation == .value && !isInsideMark
        guard !isComplete else { return }
        let error = StreamDecodingError.truncated(offset: consumed)
        failure = error
        throw error
    }
}

// MARK: - Objects

extension JSONSequenceDecoder {
    private mutating func split(
        _ bytes: [UInt8],
        into objects: inout [[UInt8]]
    ) throws(StreamDecodingError) {
        var index = 0
        while index < bytes.count {
            if nesting.depth == 0, try !beginsObject(bytes[index], at: consumed + index) {
                index += 1
                continue
            }
            let start = index
            index = scanObject(bytes, from: start)
            guard partialObject.count + index - start <= maxObjectSize else {
                throw .objectTooLarge(limit: maxObjectSize)
            }
            if nesting.depth > 0 {
                partialObject.append(contentsOf: bytes[start..<index])
            } else if partialObject.isEmpty {
                objects.append(Array(bytes[start..<index]))
            } else {
                partialObject.append(contentsOf: bytes[start..<index])
                objects.append(partialObject)
                partialObject = []
            }
        }
    }

    /// Follows an object from `start` to just behind its end, or to the end of the bytes.
    private mutating func scanObject(_ bytes: [UInt8], from start: Int) -> Int {
        var nesting = nesting
        defer { self.nesting = nesting }
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if nesting.isInString {
                if nesting.isEscaped {
                    nesting.isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    nesting.isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    nesting.isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                nesting.isInString = true
            } else if byte == UInt8(ascii: "{") {
                nesting.depth += 1
            } else if byte == UInt8(ascii: "}") {
                nesting.depth -= 1
                if nesting.depth == 0 { return index }
            }
        }
        return index
    }
}

// MARK: - Between objects

extension JSONSequenceDecoder {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var isInsideMark: Bool {
        markSize > 0 && markSize < Self.byteOrderMark.count
    }

    /// Judges a byte outside of an object: true when it is the brace that begins one.
    private mutating func beginsObject(_ byte: UInt8, at offset: Int) throws(StreamDecodingError) -> Bool {
        if offset == markSize, offset < Self.byteOrderMark.count, byte == Self.byteOrderMark[offset] {
            markSize += 1
            return false
        }
        guard !isInsideMark else { throw .malformedJSON(offset: offset) }
        switch (expectation, byte) {
        case (_, UInt8(ascii: " ")), (_, UInt8(ascii: "\t")), (_, UInt8(ascii: "\n")), (_, UInt8(ascii: "\r")):
            return false
        case (.value, UInt8(ascii: "{")):
            return true
        case (.elementOrEnd, UInt8(ascii: "{")), (.element, UInt8(ascii: "{")):
            expectation = .commaOrEnd
            return true
        case (.value, UInt8(ascii: "[")):
            expectation = .elementOrEnd
        case (.commaOrEnd, UInt8(ascii: ",")):
            expectation = .element
        case (.elementOrEnd, UInt8(ascii: "]")), (.commaOrEnd, UInt8(ascii: "]")):
            expectation = .value
        default:
            throw .malformedJSON(offset: offset)
        }
        return false
    }
}
