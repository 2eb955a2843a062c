/// The demo's result as a table and bars.
struct DemoReport {
    let result: DemoResult
    /// Whether bars are drawn with block characters instead of `#`.
    let usesUnicode: Bool

    /// How many characters the longest bar has.
    private static let barWidth = 50

    /// The whole report.
    var text: String {
        let connections = chart("Connections opened, counted by the server", unit: "", digits: 0) {
            Double($0.connectionsOpened)
        }
        let latency = chart("Time of a chat, median", unit: " ms", digits: 1) { $0.p50Milliseconds }
        return [head, table, connections, latency, summary].joined(separator: "\n")
    }

    private var head: String {
        """
        \(result.chatsPerProvider) chats per provider over TLS on loopback, half of them streamed, \
        \(result.concurrency) callers per provider.
        The simulated model thinks for \(result.modelLatencyMilliseconds.fixed(0)) ms and pauses \
        \(result.chunkDelayMilliseconds.fixed(0)) ms between chunks. Both runs do the same work and keep the
        accounts' limits; a chat's time begins when its account lets it in.
          pooled    one session per provider, from the process-wide pool
          unpooled  a private session per chat, closed after it

        """
    }

    private var table: String {
        var lines = [
            [
                "provider", "run", "limit", "requests", "connections", "handshakes", "reuse", "p50 ms", "p95 ms",
                "p99 ms", "wall s", "failures",
            ]
        ]
        for run in result.runs {
            for row in run.providers {
                lines.append([
                    row.provider, run.mode.rawValue, "\(row.limit)", "\(row.requests)", "\(row.connectionsOpened)",
                    "\(row.tlsHandshakes)", (row.reuseRatio * 100).fixed(1) + "%", row.p50Milliseconds.fixed(1),
                    row.p95Milliseconds.fixed(1), row.p99Milliseconds.fixed(1), row.wallSeconds.fixed(2),
                    "\(row.failures)",
                ])
            }
        }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var texts = lines.map { line in
            line.enumerated()
                .map { $1.padded(to: widths[$0], alignRight: $0 > 1) }
                .joined(separator: "  ")
        }
        texts.insert(String(repeating: usesUnicode ? "─" : "-", count: texts[0].count), at: 1)
        return texts.joined(separator: "\n") + "\n"
    }

    private func chart(
        _ title: String,
        unit: String,
        digits: Int,
        _ value: (DemoResult.Row) -> Double
    ) -> String {
        let largest = result.runs.flatMap(\.providers).map(value).max() ?? 0
        var lines = [title]
        for (index, provider) in (result.runs.first?.providers ?? []).map(\.provider).enumerated() {
            for (position, run) in result.runs.enumerated() {
                let name = position == 0 ? provider : ""
                let number = value(run.providers[index])
                lines.append(
                    "  \(name.padded(to: 10))\(run.mode.rawValue.padded(to: 9))"
                        + "\(bar(number, of: largest)) \(number.fixed(digits))\(unit)"
                )
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func bar(_ value: Double, of largest: Double) -> String {
        guard largest > 0, value > 0 else { return "" }
        let share = value / largest * Double(Self.barWidth)
        guard usesUnicode else { return String(repeating: "#", count: max(1, Int(share.rounded()))) }
        let eighths = max(1, Int((share * 8).rounded()))
        let rest = eighths % 8 == 0 ? "" : ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8 - 1]
        return String(repeating: "█", count: eighths / 8) + rest
    }

    private var summary: String {
        var lines: [String] = []
        for run in result.runs {
            let name = run.mode.rawValue.padded(to: 9)
            let counts = "\(run.total(\.requests)) requests on \(run.total(\.connectionsOpened)) connections"
            let times = "\(run.wallSeconds.fixed(2)) s, processor \(run.processorSeconds.fixed(2)) s"
            lines.append("\(name) \(counts), \(times) (clients and servers together)")
            if let connections = run.poolConnections, let ratio = run.poolReuseRatio {
                lines.append(
                    "          the pool's own count: \(connections) connections, \((ratio * 100).fixed(1))% reused"
                )
            }
        }
        if result.failures > 0 {
            let reason = result.runs.flatMap(\.providers).lazy.compactMap(\.firstFailure).first ?? "not finished"
            lines.append("\(result.failures) chats failed; the first: \(reason)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
