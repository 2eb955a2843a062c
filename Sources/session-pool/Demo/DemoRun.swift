internal import AIProviders
internal import HTTPSessionPool
internal import ProviderSimulator

/// One run of the demo's work: all providers at the same time, with the pool or without.
struct DemoRun: Sendable {
    /// How the sessions are used.
    enum Mode: String, Codable, Sendable {
        /// One session per provider, from the process-wide pool.
        case pooled
        /// A private session per chat, closed after it.
        case unpooled
    }

    /// What became of one chat.
    private struct Outcome: Sendable {
        let latency: Duration
        let characters: Int
        /// What went wrong; nil for an answer that is whole and belongs to its question.
        let failure: String?
    }

    let mode: Mode
    let chats: Int
    let concurrency: Int
    let simulator: ProviderSimulator
    let progress: DemoProgress

    /// Runs the chats of all providers and measures.
    ///
    /// - Returns: The measurements, a row per provider.
    /// - Throws: ``ProviderError`` when a client cannot be made.
    func measure() async throws(ProviderError) -> DemoResult.Run {
        let providers = try DemoProvider.all(at: simulator.endpoints, usesPool: mode == .pooled)
        let before = simulator.statistics
        let processorTime = ProcessorTime.now
        let begin = ContinuousClock.now
        let measured = await withTaskGroup(of: (Int, [Outcome], Duration).self) { group in
            for (index, provider) in providers.enumerated() {
                group.addTask {
                    let begin = ContinuousClock.now
                    let outcomes = await self.chats(with: provider)
                    return (index, outcomes, ContinuousClock.now - begin)
                }
            }
            return await group.reduce(into: [Int: ([Outcome], Duration)]()) { $0[$1.0] = ($1.1, $1.2) }
        }
        let wallTime = ContinuousClock.now - begin
        for provider in providers { await provider.client.close() }
        let pool = SessionPool.shared.statistics.total
        if mode == .pooled { await SessionPool.closeShared(grace: .zero) }
        let used = ProcessorTime.now - processorTime
        let after = simulator.statistics
        let rows = providers.enumerated().map { index, provider in
            row(provider, measured[index] ?? ([], .zero), before[provider.id], after[provider.id])
        }
        return DemoResult.Run(
            mode: mode,
            providers: rows,
            wallSeconds: wallTime.seconds.rounded(digits: 3),
            processorSeconds: used.seconds.rounded(digits: 3),
            poolConnections: mode == .pooled ? pool.connectionsCreated : nil,
            poolReuseRatio: mode == .pooled ? pool.reuseRatio.rounded(digits: 4) : nil
        )
    }

    // MARK: Chats

    private func chats(with provider: DemoProvider) async -> [Outcome] {
        let gate = AccountGate(limit: provider.limit)
        return await withTaskGroup(of: Outcome.self) { group in
            var next = 0
            func addTask() {
                guard next < chats, !Task.isCancelled else { return }
                let number = next
                next += 1
                group.addTask { await gate.pass { await self.chat(number, with: provider) } }
            }
            for _ in 0..<concurrency { addTask() }
            var outcomes: [Outcome] = []
            while let outcome = await group.next() {
                outcomes.append(outcome)
                progress.advance()
                addTask()
            }
            return outcomes
        }
    }

    private func chat(_ number: Int, with provider: DemoProvider) async -> Outcome {
        let begin = ContinuousClock.now
        // The simulator repeats the question in its answer, so that an answer to another question is noticed.
        let question = "chat \(number) with \(provider.id.rawValue), \(mode.rawValue)"
        do throws(ProviderError) {
            let answer = try await ask(question, isStreamed: number % 2 == 1, provider.client)
            return Outcome(
                latency: ContinuousClock.now - begin,
                characters: answer.text.count,
                failure: answer.text.contains(question) ? nil : "the answer is not to the question that was asked"
            )
        } catch {
            return Outcome(latency: ContinuousClock.now - begin, characters: 0, failure: "\(error)")
        }
    }

    private func ask(
        _ question: String,
        isStreamed: Bool,
        _ client: any ChatClient
    ) async throws(ProviderError) -> ChatResponse {
        guard mode == .unpooled else {
            return isStreamed ? try await client.stream(question).collect() : try await client.chat(question)
        }
        let session = try await client.session(usePool: false)
        let result: Result<ChatResponse, ProviderError>
        do throws(ProviderError) {
            let request = ChatRequest(question)
            result = .success(
                isStreamed
                    ? try await client.stream(request, on: session).collect()
                    : try await client.chat(request, on: session)
            )
        } catch {
            result = .failure(error)
        }
        await session.close()
        return try result.get()
    }

    // MARK: Measurements

    private func row(
        _ provider: DemoProvider,
        _ measured: ([Outcome], Duration),
        _ before: SimulatorStatistics.Provider,
        _ after: SimulatorStatistics.Provider
    ) -> DemoResult.Row {
        let (outcomes, wallTime) = measured
        let latencies = outcomes.filter { $0.failure == nil }.map(\.latency).sorted()
        func percentile(_ share: Double) -> Double {
            guard !latencies.isEmpty else { return 0 }
            let rank = Int((Double(latencies.count) * share).rounded(.up)) - 1
            return latencies[max(0, min(latencies.count - 1, rank))].milliseconds.rounded(digits: 3)
        }
        let requests = after.requests - before.requests
        let connections = after.connectionsAccepted - before.connectionsAccepted
        return DemoResult.Row(
            provider: provider.id.rawValue,
            limit: provider.limit,
            chats: outcomes.count,
            characters: outcomes.reduce(0) { $0 + $1.characters },
            requests: requests,
            tokenRequests: after.tokensIssued - before.tokensIssued,
            connectionsOpened: connections,
            tlsHandshakes: after.tlsHandshakes - before.tlsHandshakes,
            tlsHandshakesResumed: after.tlsHandshakesResumed - before.tlsHandshakesResumed,
            reuseRatio: requests == 0 ? 0 : (Double(requests - connections) / Double(requests)).rounded(digits: 4),
            p50Milliseconds: percentile(0.50),
            p95Milliseconds: percentile(0.95),
            p99Milliseconds: percentile(0.99),
            wallSeconds: wallTime.seconds.rounded(digits: 3),
            failures: outcomes.count { $0.failure != nil } + chats - outcomes.count,
            firstFailure: outcomes.lazy.compactMap(\.failure).first
        )
    }
}
