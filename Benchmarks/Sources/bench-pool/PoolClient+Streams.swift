internal import BenchSupport
internal import HTTPSessionPool
internal import Synchronization

/// Readers of event streams.
extension PoolClient {
    /// A stream that ended with another number of events.
    struct WrongStream: Error {
        let status: Int
        let events: Int
    }

    private struct Tally {
        var streams = 0
        var events = 0
        var firstEvents = LatencyHistogram()
        var end: Int64 = 0
    }

    /// Reads streams to their end, and begins none when the time is over.
    func stream() async throws -> JSONLine {
        let pool = SessionPool(configuration: configuration)
        let session = try await pool.session(for: origin)
        let memory = ProcessFacts.memory
        let (begin, cpu) = (ProcessFacts.now, ProcessFacts.processorTime)
        let until = begin + Int64(options.seconds * 1e9)
        let tally = Mutex(Tally())
        try await onMode(of: pool) {
            try await withThrowingTaskGroup(of: Tally.self) { group in
                for _ in 0..<options.concurrency {
                    group.addTask { try await readStreams(session, until: until) }
                }
                for try await one in group {
                    tally.withLock { tally in
                        tally.streams += one.streams
                        tally.events += one.events
                        tally.end = max(tally.end, one.end)
                        tally.firstEvents.merge(one.firstEvents)
                    }
                }
            }
        }
        let used = ProcessFacts.processorTime - cpu
        let total = tally.withLock { $0 }
        var line = JSONLine()
        line["streams"] = Double(total.streams)
        line["events"] = Double(total.events)
        line["seconds"] = Double(total.end - begin) / 1e9
        line["cpu_seconds"] = Double(used) / 1e9
        line["first_event_p50_us"] = total.firstEvents.percentile(0.5)
        line["first_event_p99_us"] = total.firstEvents.percentile(0.99)
        line["kib_per_stream"] = Double(ProcessFacts.peakMemory - memory) / Double(options.concurrency)
        line["peak_kib"] = Double(ProcessFacts.peakMemory)
        await pool.shutdown()
        return line
    }

    private func readStreams(_ session: Session, until: Int64) async throws -> Tally {
        var tally = Tally()
        repeat {
            let begin = ProcessFacts.now
            let response = try await session.stream(request)
            var count = 0
            for try await event in response.body.events where !event.data.isEmpty {
                if count == 0 { tally.firstEvents.add(nanoseconds: ProcessFacts.now - begin) }
                count += 1
            }
            guard response.status.rawValue == 200, count == options.events else {
                throw WrongStream(status: response.status.rawValue, events: count)
            }
            tally.streams += 1
            tally.events += count
            tally.end = ProcessFacts.now
        } while tally.end < until
        return tally
    }
}
