import Foundation
import ProviderSimulator
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct LoadTests {
    @Test func `a thousand streams run at once on a server of one thread`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.answer = SimulatorAnswer(chunks: 4)
        // All must be open at once before the first goes on.
        configuration.faults = [SimulatorFaultRule(.hang(.init(afterChunks: 2)), path: "/chat/completions")]
        let simulator = try ProviderSimulator(configuration: configuration)
        defer { simulator.stop() }
        let connections = try await onThread {
            let body = Sample.chat(model: "m", stream: true)
            return UncheckedBox(
                try (0..<1000).map { _ in
                    let connection = try simulator.connect(.openai)
                    try connection.send("POST", "/v1/chat/completions", ["Authorization": "Bearer key"], body: body)
                    return connection
                }
            )
        }
        let open = try await simulator.statistics { $0[.openai].requestsHung == 1000 }[.openai]
        #expect(open.peakRequestsInFlight == 1000)
        #expect(open.peakGenerationsInFlight == 1000)
        #expect(open.openConnections == 1000)
        simulator.releaseHungRequests()
        try await onThread {
            for connection in connections.value {
                let response = try connection.response()
                #expect(response.ending == .complete)
                #expect(response.texts.last == "data: [DONE]\n\n")
            }
        }
        let done = simulator.statistics[.openai]
        #expect(done.requestsHung == 0)
        #expect(done.requestsInFlight == 0)
        #expect(done.generationsInFlight == 0)
        #expect(done.connectionsAccepted == 1000)
    }

    @Test func `timed streams interleave and all arrive`() async throws {
        try await withSimulator({
            $0.answer = SimulatorAnswer(chunks: 5, latency: .milliseconds(5), chunkDelay: .milliseconds(5))
            $0.threadsPerProvider = 3
        }) { simulator throws in
            let body = Sample.chat(model: "m", stream: true)
            let connections = try (0..<200).map { _ in
                let connection = try simulator.connect(.openai)
                try connection.send("POST", "/v1/chat/completions", ["Authorization": "Bearer key"], body: body)
                return connection
            }
            for connection in connections {
                let response = try connection.response()
                #expect(response.ending == .complete)
                #expect(response.events.count == 8)
            }
            #expect(simulator.statistics[.openai].requestsInFlight == 0)
        }
    }

    /// When a client leaves: with how much of its request sent, and after how many chunks of the answer.
    struct Leaving: CustomTestStringConvertible {
        var name: String
        var sent: Int?
        var chunks: Int?

        var testDescription: String { name }
    }

    @Test(arguments: [
        Leaving(name: "before the request", sent: 0, chunks: nil),
        Leaving(name: "in the head of the request", sent: 60, chunks: nil),
        Leaving(name: "in the body of the request", sent: 150, chunks: nil),
        Leaving(name: "before the answer", sent: nil, chunks: nil),
        Leaving(name: "after the head of the answer", sent: nil, chunks: 0),
        Leaving(name: "in the answer", sent: nil, chunks: 2),
        Leaving(name: "after the answer", sent: nil, chunks: 10),
    ])
    func `a client that leaves in any phase leaves no connection behind`(leaving: Leaving) async throws {
        var configuration = SimulatorConfiguration()
        configuration.answer = SimulatorAnswer(chunks: 7, latency: .milliseconds(2), chunkDelay: .milliseconds(2))
        let simulator = try ProviderSimulator(configuration: configuration)
        defer { simulator.stop() }
        try await onThread {
            let body = Sample.chat(model: "m", stream: true)
            let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: simulator\r\nAuthorization: Bearer key\r\n"
            let request = head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            for _ in 0..<30 {
                let connection = try simulator.connect(.openai)
                try connection.send(String(request.prefix(leaving.sent ?? request.count)))
                if let chunks = leaving.chunks {
                    _ = try connection.head()
                    for _ in 0..<chunks { _ = try connection.chunk() }
                }
                connection.close()
            }
        }
        let done = try await simulator.statistics {
            $0[.openai].connectionsAccepted == 30 && $0[.openai].openConnections == 0
        }
        #expect(done[.openai].requestsInFlight == 0)
        #expect(done[.openai].generationsInFlight == 0)
    }

    @Test func `stop breaks hung requests off and leaves no thread, descriptor or file`() async {
        // In a process of its own: other tests open descriptors and threads at the same time.
        await #expect(processExitsWith: .success) {
            // The first run loads what stays loaded, such as random sources, and starts Swift's own threads.
            try await LoadTests.runAndStop()
            await LoadTests.startAllThreadsOfTasks()
            let descriptors = try ProcessFacts.openDescriptors()
            let threads = try ProcessFacts.threads()
            for _ in 0..<5 { try await LoadTests.runAndStop() }
            // The test's own threads end a moment after their work does, and nothing tells when: look again.
            for _ in 0..<1000 where try ProcessFacts.threads() > threads {
                try await Task.sleep(for: .milliseconds(10))
            }
            let left = try (descriptors: ProcessFacts.openDescriptors(), threads: ProcessFacts.threads())
            guard left.descriptors == descriptors, left.threads <= threads else {
                fatalLeak("\(descriptors) descriptors and \(threads) threads after one run, \(left) after six")
            }
        }
    }

    /// Makes Swift start as many threads for tasks as it ever will: each task here waits for all the others.
    private static func startAllThreadsOfTasks() async {
        let count = ProcessInfo.processInfo.activeProcessorCount
        let begun = Observed(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    begun.update { $0 += 1 }
                    while begun.value < count {}
                }
            }
        }
    }

    /// Starts a simulator with TLS, leaves requests hanging in every phase, stops it under them.
    private static func runAndStop() async throws {
        var configuration = SimulatorConfiguration()
        configuration.tls = SimulatorTLS()
        configuration.threadsPerProvider = 2
        let secure = try ProviderSimulator(configuration: configuration)
        configuration.tls = nil
        configuration.faults = [
            SimulatorFaultRule(.hang(), count: 20),
            SimulatorFaultRule(.hang(.init(afterChunks: 1)), count: 20),
            SimulatorFaultRule(.hang(.init(afterChunks: 1, heartbeat: .milliseconds(1)))),
        ]
        let simulator = try ProviderSimulator(configuration: configuration)
        let connections = try await onThread {
            let body = Sample.chat(model: "m", stream: true)
            return UncheckedBox(
                try (0..<60).map { _ in
                    let connection = try simulator.connect(.openai)
                    try connection.send("POST", "/v1/chat/completions", ["Authorization": "Bearer key"], body: body)
                    return connection
                }
            )
        }
        try await simulator.statistics { $0[.openai].requestsHung == 60 }
        simulator.stop()
        try await onThread {
            for connection in connections.value { _ = try connection.waitForEnd() }
        }
        secure.stop()
        guard simulator.statistics[.openai].requestsInFlight == 0 else { fatalLeak("\(simulator.statistics)") }
    }
}

/// Ends a test's own process with a message.
private func fatalLeak(_ message: String) -> Never {
    FileHandle.standardError.write(Data("leak: \(message)\n".utf8))
    exit(1)
}
