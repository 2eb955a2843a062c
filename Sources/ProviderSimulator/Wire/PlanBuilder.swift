/// Turns a reply and its faults into a plan.
struct PlanBuilder {
    let faults: SimulatorFaults
    let latency: Duration
    let chunkDelay: Duration
    let method: String

    /// The plan of a reply.
    func plan(_ reply: Reply) -> ExchangePlan {
        let isBodiless = method == "HEAD" || reply.status == 204 || reply.status == 304
        var plan = ExchangePlan(status: reply.status, fields: reply.fields, isBodiless: isBodiless)
        plan.fields.append(HTTPField("Content-Type", faults.contentType ?? reply.contentType))
        if faults.closesConnection { plan.fields.append(HTTPField("Connection", "close")) }
        plan.prelude = prelude()
        switch reply.content {
        case .whole(let bytes):
            plan.length = bytes.count
            plan.body = isBodiless || bytes.isEmpty ? [] : shaped([.write(bytes)], heartbeat: nil)
        case .stream(let script):
            let writer = StreamWriter(style: faults.stream)
            let heartbeat = faults.hang?.heartbeat.map {
                ExchangeStep.Heartbeat(interval: $0, bytes: writer.comment(script.heartbeat()))
            }
            plan.body = isBodiless ? [] : shaped(steps(script, writer), heartbeat: heartbeat)
        }
        return plan
    }

    private func prelude() -> [ExchangeStep] {
        var steps: [ExchangeStep] = []
        if latency > .zero { steps.append(.wait(latency)) }
        if let hang = faults.hang, hang.afterChunks == nil, hang.heartbeat == nil { steps.append(.hang(nil)) }
        return steps
    }

    /// A stream's writes with the pauses between them, and the failure it ends with if one was asked for.
    private func steps(_ script: StreamScript, _ writer: StreamWriter) -> [ExchangeStep] {
        var script = script
        if case .error(let chunks, let message) = faults.ending {
            script.units = Array(Self.prefix(script.units, chunks: chunks)) + script.failure(message)
        }
        var steps: [ExchangeStep] = []
        for piece in writer.pieces(script) {
            switch piece {
            case .chunk(let bytes):
                if chunkDelay > .zero, !steps.isEmpty { steps.append(.wait(chunkDelay)) }
                steps.append(.write(bytes))
            case .aside(let bytes): steps.append(.write(bytes))
            case .pause(let duration): steps.append(.wait(duration))
            }
        }
        return steps
    }

    private static func prefix(_ units: [StreamScript.Unit], chunks: Int) -> ArraySlice<StreamScript.Unit> {
        var left = chunks
        let end = units.firstIndex { unit in
            guard case .data = unit else { return false }
            left -= 1
            return left < 0
        }
        return units[..<(end ?? units.endIndex)]
    }

    /// The writes with hang, early end and drip applied, in that order.
    private func shaped(_ steps: [ExchangeStep], heartbeat: ExchangeStep.Heartbeat?) -> [ExchangeStep] {
        var steps = steps
        if let hang = faults.hang, hang.afterChunks != nil || hang.heartbeat != nil {
            steps.insert(.hang(heartbeat), at: Self.index(in: steps, afterWrites: hang.afterChunks ?? 0))
        }
        switch faults.ending {
        case .complete, .error: break
        case .truncated(let chunks, let bytes): steps = Self.cut(steps, chunks, bytes) + [.close]
        case .reset(let chunks, let bytes): steps = Self.cut(steps, chunks, bytes) + [.reset]
        }
        return faults.drip.map { Self.dripped(steps, $0) } ?? steps
    }

    private static func index(in steps: [ExchangeStep], afterWrites count: Int) -> Int {
        var left = count
        for (index, step) in steps.enumerated() {
            guard case .write = step else { continue }
            if left == 0 { return index }
            left -= 1
        }
        return steps.count
    }

    private static func cut(_ steps: [ExchangeStep], _ chunks: Int, _ bytes: Int) -> [ExchangeStep] {
        let end = index(in: steps, afterWrites: chunks)
        var kept = Array(steps[..<end])
        if end < steps.count, bytes > 0, case .write(let next) = steps[end] {
            kept.append(.write(Array(next.prefix(bytes))))
        }
        return kept
    }

    private static func dripped(_ steps: [ExchangeStep], _ drip: SimulatorFaults.Drip) -> [ExchangeStep] {
        steps.flatMap { step -> [ExchangeStep] in
            guard case .write(let bytes) = step else { return [step] }
            let size = max(drip.bytes, 1)
            return stride(from: 0, to: bytes.count, by: size).flatMap { start -> [ExchangeStep] in
                [.write(Array(bytes[start..<min(start + size, bytes.count)])), .wait(drip.interval)]
            }
        }
    }
}
