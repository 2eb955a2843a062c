internal import BenchSupport
internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// Readers of event streams; Linux's URLSession hands out pieces of a body through a delegate only.
final class StreamReaders: NSObject, URLSessionDataDelegate, Sendable {
    private struct Reader {
        let begin: Int64
        let continuation: CheckedContinuation<(events: Int, first: Int64), any Error>
        var line: [UInt8] = []
        var data: [UInt8] = []
        var events = 0
        var first: Int64 = 0

        mutating func take(_ bytes: Data) {
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                endLine()
                line.removeAll(keepingCapacity: true)
            }
        }

        private mutating func endLine() {
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.starts(with: Array("data:".utf8)) {
                data += line.dropFirst(5)
            } else if line.isEmpty, !data.isEmpty {
                if events == 0 { first = ProcessFacts.now - begin }
                events += 1
                data.removeAll(keepingCapacity: true)
            }
        }
    }

    private let readers = Mutex<[Int: Reader]>([:])

    /// Reads one stream to its end: how many events it had, and nanoseconds until the first.
    func read(_ request: URLRequest, through session: URLSession) async throws -> (events: Int, first: Int64) {
        try await withCheckedThrowingContinuation { continuation in
            let task = session.dataTask(with: request)
            readers.withLock {
                $0[task.taskIdentifier] = Reader(begin: ProcessFacts.now, continuation: continuation)
            }
            task.resume()
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        readers.withLock { $0[dataTask.taskIdentifier]?.take(data) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let reader = readers.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        if let error {
            reader.continuation.resume(throwing: error)
        } else {
            reader.continuation.resume(returning: (reader.events, reader.first))
        }
    }
}

extension URLSessionClient {
    /// Reads streams to their end, and begins none when the time is over.
    func stream() async throws -> JSONLine {
        let readers = StreamReaders()
        let session = URLSession(configuration: configuration, delegate: readers, delegateQueue: nil)
        let memory = ProcessFacts.memory
        let (begin, cpu) = (ProcessFacts.now, ProcessFacts.processorTime)
        let until = begin + Int64(options.seconds * 1e9)
        var firstEvents = LatencyHistogram()
        var streams = 0
        try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<options.concurrency {
                group.addTask {
                    var firsts: [Int64] = []
                    repeat {
                        let (events, first) = try await readers.read(request, through: session)
                        guard events == options.events else { throw Problem(text: "a stream has \(events) events") }
                        firsts.append(first)
                    } while ProcessFacts.now < until
                    return firsts
                }
            }
            for try await firsts in group {
                streams += firsts.count
                for first in firsts { firstEvents.add(nanoseconds: first) }
            }
        }
        var line = JSONLine()
        line["seconds"] = Double(ProcessFacts.now - begin) / 1e9
        line["cpu_seconds"] = Double(ProcessFacts.processorTime - cpu) / 1e9
        line["streams"] = Double(streams)
        line["events"] = Double(streams * options.events)
        line["first_event_p50_us"] = firstEvents.percentile(0.5)
        line["first_event_p99_us"] = firstEvents.percentile(0.99)
        line["kib_per_stream"] = Double(ProcessFacts.peakMemory - memory) / Double(options.concurrency)
        line["peak_kib"] = Double(ProcessFacts.peakMemory)
        session.invalidateAndCancel()
        return line
    }
}
