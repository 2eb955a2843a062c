/// Turns a stream's units into writes, in the style asked for.
struct StreamWriter {
    let style: SimulatorFaults.StreamStyle

    /// A write, or the pause before the next.
    enum Piece: Hashable {
        /// Bytes that count as a chunk of the answer.
        case chunk([UInt8])
        /// Bytes that do not: comments.
        case aside([UInt8])
        case pause(Duration)
    }

    /// The pieces of a script.
    func pieces(_ script: StreamScript) -> [Piece] {
        var pieces: [Piece] = []
        for unit in script.units {
            switch unit {
            case .data(let data, let event):
                if style.hasComments, script.framing == .events { pieces.append(.aside(comment("ping"))) }
                pieces.append(.chunk(bytes(data, event: event, framing: script.framing)))
            case .comment(let text): pieces.append(.aside(comment(text)))
            case .raw(let text): pieces.append(.chunk(Array(text.utf8)))
            case .done: if !style.omitsDone { pieces.append(.chunk(event("[DONE]", name: nil))) }
            case .pause(let duration): pieces.append(.pause(duration))
            }
        }
        if let trailing = style.trailingData {
            pieces.append(.chunk(bytes(trailing, event: nil, framing: script.framing)))
        }
        pieces = joined(pieces, by: max(style.eventsPerWrite, 1))
        if case .objects(let framing) = script.framing { pieces = reframed(pieces, framing) }
        if style.splitsCharacters { pieces = cut(pieces, at: Self.insideCharacter) }
        if style.hasByteOrderMark { pieces.insert(.aside([0xEF, 0xBB, 0xBF]), at: 0) }
        return pieces
    }

    /// A comment line as a write.
    func comment(_ text: String) -> [UInt8] {
        Array((": " + text + style.lineEnding.rawValue + style.lineEnding.rawValue).utf8)
    }

    private func bytes(_ data: String, event name: String?, framing: StreamScript.Framing) -> [UInt8] {
        switch framing {
        case .events: event(data, name: name)
        case .objects(.concatenated): Array(data.utf8)
        case .objects: Array((data + style.lineEnding.rawValue).utf8)
        }
    }

    private func event(_ data: String, name: String?) -> [UInt8] {
        let end = style.lineEnding.rawValue
        let colon = style.hasSpaceAfterColon ? ": " : ":"
        var text = name.map { "event" + colon + $0 + end } ?? ""
        if style.hasMultiLineData, data.hasPrefix("{"), data.count > 2 {
            text += "data" + colon + "{" + end + "data" + colon + data.dropFirst() + end
        } else {
            text += "data" + colon + data + end
        }
        return Array((text + end).utf8)
    }

    /// Joins runs of `count` neighbouring chunks into one write each.
    private func joined(_ pieces: [Piece], by count: Int) -> [Piece] {
        guard count > 1 else { return pieces }
        var result: [Piece] = []
        var run = 0
        for piece in pieces {
            if case .chunk(let bytes) = piece, run > 0, run < count, case .chunk(let before) = result.last {
                result[result.count - 1] = .chunk(before + bytes)
                run += 1
            } else {
                result.append(piece)
                if case .chunk = piece { run = 1 } else { run = 0 }
            }
        }
        return result
    }

    private func reframed(_ pieces: [Piece], _ framing: StreamScript.ObjectFraming) -> [Piece] {
        switch framing {
        case .lines, .concatenated: pieces
        case .together: joined(pieces, by: .max)
        case .split: cut(pieces) { $0.count / 2 }
        }
    }

    /// Moves the end of every write into the chunk, to the place that `position` names.
    private func cut(_ pieces: [Piece], at position: ([UInt8]) -> Int?) -> [Piece] {
        var result: [Piece] = []
        var rest: [UInt8] = []
        for piece in pieces {
            guard case .chunk(let bytes) = piece else {
                result.append(piece)
                continue
            }
            let place = position(bytes) ?? bytes.count
            let write = rest + bytes[..<place]
            if !write.isEmpty { result.append(.chunk(write)) }
            rest = Array(bytes[place...])
        }
        return rest.isEmpty ? result : result + [.chunk(rest)]
    }

    /// A place between two bytes of one character; nil in pure ASCII.
    private static func insideCharacter(_ bytes: [UInt8]) -> Int? {
        bytes.firstIndex { $0 & 0xC0 == 0x80 }
    }
}
