/// What the loopback server does in answer to a request: a list of steps, so that every misbehaviour can be written.
///
/// The connection is kept and the next request is read when the steps end without closing it.
package struct LoopbackReply: Sendable {
    /// One thing to do on the connection.
    package enum Step: Sendable {
        /// Writes bytes.
        case send([UInt8])
        /// Writes a whole answer; its body is left out when the request was a HEAD (RFC 9110, 9.3.2).
        case answer(head: [UInt8], body: [UInt8])
        /// Writes the same bytes until the peer closes or stops reading.
        case sendForever([UInt8])
        /// Waits until the test opens the gate.
        case wait(Gate)
        /// Waits for a time: for a slow drip, where the time itself is what is tested.
        case pause(Duration)
        /// Does nothing until the peer closes or the server stops.
        case hold
        /// Closes with FIN.
        case close
        /// Closes with RST.
        case reset
    }

    package var steps: [Step]

    package init(_ steps: [Step]) {
        self.steps = steps
    }

    /// The steps with which this answers a request of a method.
    func steps(answering method: String) -> [Step] {
        steps.map { step in
            guard case .answer(let head, let body) = step else { return step }
            return .send(method == "HEAD" ? head : head + body)
        }
    }

    /// This reply, with a step before it.
    package func after(_ step: Step) -> LoopbackReply {
        LoopbackReply([step] + steps)
    }

    /// This reply, and then a step.
    package func then(_ step: Step) -> LoopbackReply {
        LoopbackReply(steps + [step])
    }
}

extension LoopbackReply {
    /// A whole answer with a length.
    package static func text(_ body: String, status: Int = 200, headers: [String] = []) -> LoopbackReply {
        bytes(Array(body.utf8), status: status, headers: headers)
    }

    /// A whole answer with a length.
    package static func bytes(_ body: [UInt8], status: Int = 200, headers: [String] = []) -> LoopbackReply {
        let hasBody = status >= 200 && status != 204 && status != 304
        let length = hasBody ? ["Content-Length: \(body.count)"] : []
        let head = head(status: status, headers: headers + length)
        return LoopbackReply([.answer(head: head, body: hasBody ? body : [])])
    }

    /// An answer in chunks, each sent by itself; with gates, the n-th chunk waits for the n-th gate.
    package static func chunked(
        _ pieces: [String],
        status: Int = 200,
        headers: [String] = [],
        gates: [Gate] = []
    ) -> LoopbackReply {
        var steps: [Step] = [.send(head(status: status, headers: headers + ["Transfer-Encoding: chunked"]))]
        for (index, piece) in pieces.enumerated() {
            if gates.indices.contains(index) { steps.append(.wait(gates[index])) }
            steps.append(.send(chunk(Array(piece.utf8))))
        }
        steps.append(.send(chunk([])))
        return LoopbackReply(steps)
    }

    /// Bytes as they are: garbage, floods, anything.
    package static func raw(_ bytes: [UInt8]) -> LoopbackReply {
        LoopbackReply([.send(bytes)])
    }

    /// Text as it is.
    package static func raw(_ text: String) -> LoopbackReply {
        raw(Array(text.utf8))
    }

    /// A redirect.
    package static func redirect(to location: String, status: Int = 302, headers: [String] = []) -> LoopbackReply {
        text("", status: status, headers: headers + ["Location: \(location)"])
    }

    /// Closes after the request was read, without a byte of an answer.
    package static let closeWithoutAnswer = LoopbackReply([.close])

    /// Resets the connection after the request was read.
    package static let resetWithoutAnswer = LoopbackReply([.reset])

    /// Never answers.
    package static let silence = LoopbackReply([.hold])

    /// A body that promises more than it sends and is then cut.
    package static func truncated(_ body: String, contentLength: Int) -> LoopbackReply {
        raw(head(status: 200, headers: ["Content-Length: \(contentLength)"]) + Array(body.utf8)).then(.close)
    }

    /// A chunked body without end; how much of it was written is in the server's `bytesWritten`.
    package static func endlessBody(chunkSize: Int = 16_384, headers: [String] = []) -> LoopbackReply {
        LoopbackReply([
            .send(head(status: 200, headers: headers + ["Transfer-Encoding: chunked"])),
            .sendForever(chunk([UInt8](repeating: UInt8(ascii: "x"), count: chunkSize))),
        ])
    }

    /// Header lines without end.
    package static let headerFlood = LoopbackReply([
        .send(Array("HTTP/1.1 200 OK\r\n".utf8)),
        .sendForever(Array(String(repeating: "X-Flood: 0123456789\r\n", count: 64).utf8)),
    ])

    /// One header line without end.
    package static let endlessHeaderLine = LoopbackReply([
        .send(Array("HTTP/1.1 200 OK\r\nX-Endless: ".utf8)),
        .sendForever([UInt8](repeating: UInt8(ascii: "a"), count: 4_096)),
    ])

    /// A status line and header lines with the empty line at the end.
    package static func head(status: Int, headers: [String]) -> [UInt8] {
        Array((["HTTP/1.1 \(status) Status"] + headers + ["", ""]).joined(separator: "\r\n").utf8)
    }

    /// A chunk of a chunked body; an empty one ends it.
    package static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + [13, 10]
    }
}
