import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(1)))
struct StreamEndToEndTests {
    @Test func `nothing is sent before the first piece is asked for`() async throws {
        let stream = try LoopbackReply.events("openai/stream.sse")
        try await Provided.run({ _ in stream }) { provided in
            let answer = try provided.openAI().stream("hi")
            var pieces = answer.makeAsyncIterator()
            #expect(provided.server.acceptedConnections == 0)
            #expect(try await pieces.next() == .started(requestID: "r-1", model: "m-1"))
            #expect(provided.server.requests.count == 1)
            while try await pieces.next() != nil { continue }
            #expect(try await pieces.next() == nil)
            #expect(provided.server.requests.count == 1, "an ended stream does not begin again")
        }
    }

    @Test func `pieces come as they are sent`() async throws {
        let gates = (0..<6).map { _ in Gate() }
        let stream = try LoopbackReply.events("openai/stream.sse", gates: gates)
        try await Provided.run({ _ in stream }) { provided in
            var pieces = try provided.openAI().stream("hi").makeAsyncIterator()
            gates[0].open()
            _ = try await pieces.next()
            gates[1].open()
            #expect(try await pieces.next() == .text("One"))
            gates[2].open()
            #expect(try await pieces.next() == .text(", two"))
            for gate in gates { gate.open() }
            #expect(try await pieces.next() == .finished(.stop))
        }
    }

    @Test func `a server that does not end its response after DONE does not hold the caller up`() async throws {
        let stream = try LoopbackReply.events("openai/stream.sse")
        let endless = LoopbackReply(stream.steps.dropLast() + [.hold])
        try await Provided.run({ _ in endless }) { provided in
            #expect(try await provided.openAI().stream("hi").collect().text == "One, two")
            try await provided.server.waitForOpenConnections(0)
        }
    }

    @Test func `a body that is cut is a truncated stream with what had arrived`() async throws {
        let stream = try LoopbackReply.events("openai/stream.sse")
        let cut = LoopbackReply(Array(stream.steps.prefix(4)) + [.close])
        try await Provided.run({ _ in cut }) { provided in
            let error = await #expect(throws: ProviderError.self) {
                try await provided.openAI().stream("hi").collect()
            }
            #expect(error?.code == .streamTruncated)
            #expect(error?.partial?.text == "One, two")
            #expect(error?.underlying != nil)
            #expect(provided.server.requests.count == 1, "nothing is retried")
        }
    }

    @Test func `a clean end without an end marker is a truncated stream too`() async throws {
        let stream = try LoopbackReply.events("openai/stream-truncated.sse")
        try await Provided.run({ _ in stream }) { provided in
            let error = await #expect(throws: ProviderError.self) {
                try await provided.openAI().stream("hi").collect()
            }
            #expect(error?.code == .streamTruncated)
            #expect(error?.requestID == "r-1")
        }
    }

    @Test func `a stream that is refused has the error of its status`() async throws {
        let refusal = LoopbackReply.text(
            #"{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}"#,
            status: 429,
            headers: ["Retry-After: 7", "Content-Type: application/json"]
        )
        try await Provided.run({ _ in refusal }) { provided in
            let error = await #expect(throws: ProviderError.self) {
                try await provided.openAI().stream("hi").collect()
            }
            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .seconds(7))
            #expect(error?.isRetryable == true)
        }
    }

    @Test func `an answer that comes whole although a stream was asked for is the answer`() async throws {
        let whole = try LoopbackReply.json("openai/chat.json")
        let failed = LoopbackReply.text(
            #"{"error":{"message":"overloaded","code":503}}"#,
            headers: ["Content-Type: application/json"]
        )
        try await Provided.run({ $0.text.contains("fail") ? failed : whole }) { provided in
            let client = try provided.openAI()
            #expect(try await client.stream("hi").collect().text == "Five.")
            let error = await #expect(throws: ProviderError.self) { try await client.stream("fail").collect() }
            #expect(error?.code == .serverError)
            #expect(error?.status == 503)
        }
    }

    @Test func `events under another content type are read all the same`() async throws {
        let bytes = try Fixture.bytes("openai/stream.sse")
        for type in ["application/json", "text/plain", "application/octet-stream"] {
            let reply = LoopbackReply.bytes(bytes, headers: ["Content-Type: \(type)"])
            try await Provided.run({ _ in reply }) { provided in
                let answer = try await provided.openAI().stream("hi").collect()
                #expect(answer.text == "One, two", "\(type)")
            }
        }
    }

    @Test func `a cancelled task ends its stream and frees the connection`() async throws {
        let stream = try LoopbackReply.events("openai/stream.sse")
        let held = LoopbackReply(Array(stream.steps.prefix(3)) + [.hold])
        try await Provided.run({ _ in held }) { provided in
            let client = try provided.openAI()
            let seen = Observed("")
            let reader = Task {
                for try await delta in client.stream("hi") {
                    if let text = delta.text { seen.update { $0 += text } }
                }
            }
            try await seen.wait("a piece") { !$0.isEmpty }
            reader.cancel()
            let error = await #expect(throws: ProviderError.self) { try await reader.value }
            #expect(error?.code == .cancelled)
            #expect(error?.partial?.text == "One")
            try await provided.server.waitForOpenConnections(0)
        }
    }

    @Test func `a hundred streams that are left at random leave no connection in use`() async throws {
        let stream = try LoopbackReply.events("openai/stream.sse")
        try await Provided.run({ _ in stream }) { provided in
            let client = try provided.openAI()
            try await withThrowingTaskGroup { group in
                for seed in 0..<100 {
                    group.addTask {
                        var random = SplitMix64(seed: UInt64(seed))
                        var left = random.below(8)
                        for try await _ in client.stream("hi") {
                            left -= 1
                            if left <= 0 { break }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.stream("hi").collect().text == "One, two")
            let session = try await client.session()
            while session.statistics.inUseConnections > 0 { await Task.yield() }
            #expect(session.statistics.waiting == 0)
        }
    }
}
