internal import CurlTransport

/// What has happened in the engines, handed on to those whom it concerns.
extension SessionCore {
    /// Hands on what has happened since the engines were last driven: permits to those who wait, results to callers,
    /// bytes to readers.
    func settle() {
        if let engine { settle(engine) }
        if let streamEngine { settle(streamEngine) }
        if !leavingEngines.isEmpty { settleLeavingEngines() }
        // A request that begins on a kept connection opens no socket and ends none, and yet there is one idle less.
        publishIdle()
    }

    func settle(_ engine: TransferEngine) {
        // Before the callers are told: what they read next in the statistics is what their request has left.
        if engine.socketsHaveChanged { publishConnections() }
        var (hasFinished, hasServed) = (false, false)
        // Whatever is started meanwhile may finish at once, and joins at the end.
        while let transfer = engine.nextFinished() {
            if !hasFinished { publishIdle() }
            hasFinished = true
            let (ticket, outcome) = (running.remove(transfer), transfer.outcome)
            if let ticket, probes.isEmpty || !probes.contains(ticket.id) {
                // Before the caller is told: what it asks the pool for next may evict the session that was used the longest ago.
                if !hasServed { gate.noteUse() }
                hasServed = true
                count(transfer, outcome, for: ticket, at: engine.now)
                noteHealth(of: transfer, outcome, at: engine.now)
            }
            noteFacts(of: transfer, outcome)
            // Not `flatMap`: its closure would look at run time whether it is on the loop.
            let response =
                if let ticket { response(of: transfer, outcome, for: ticket) } else { nil as ResponseOutcome? }
            engine.recycle(transfer)
            releaseAndMeasure(at: engine.now)
            if let ticket, let response { ticket.finish(response) }
        }
        while let sink = engine.nextChangedSink() { deliver(sink) }
        if engine.socketsHaveChanged { publishConnections() }
        guard hasFinished else { return }
        if hasServed { lastActivity = engine.now }
        if sweepTimer == nil { armSweep(at: engine.now) }
        finishDrainIfQuiescent()
    }

    /// Learns from a response what its server speaks, and how long it keeps connections.
    private func noteFacts(of transfer: Transfer, _ outcome: TransferOutcome) {
        guard case .success(let metrics) = outcome else { return }
        let http1 = 2
        if isMultiplexed, metrics.httpVersion == http1, transfer.sink == nil || !separatesStreams { fallBackToHTTP1() }
        guard metrics.connectionsOpened > 0 else { return }
        let fields = HeaderFields(wire: transfer.head.headerBytes)
        guard let timeout = fields["keep-alive"].flatMap(Self.keepAliveTimeout) else { return }
        // A second less than the server's word, so that a request does not meet its FIN half-way.
        for engine in engines { engine.limitIdleTimeout(to: timeout - .seconds(1)) }
        rearmSweep(at: .now)
    }

    /// The `timeout` of a `Keep-Alive` field such as `timeout=5, max=100`.
    static func keepAliveTimeout(_ value: String) -> Duration? {
        for parameter in value.split(separator: ",") {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, HeaderFields.matches(parts[0].filter { $0 != " " }, "timeout") else { continue }
            guard let seconds = Int64(parts[1].filter { $0 != " " }), seconds >= 0 else { return nil }
            return .seconds(min(seconds, 86_400))
        }
        return nil
    }

    /// Makes visible outside the loop how many requests run and wait.
    func publishLoad() { tally.setLoad(running: permits.inUse, waiting: permits.waiting) }

    /// Makes visible how many connections no request uses.
    private func publishIdle() {
        tally.setIdle((engine?.idleSockets ?? 0) + (streamEngine?.idleSockets ?? 0))
    }

    /// Makes the number of connections visible outside the loop.
    func publishConnections() {
        var (opened, closed) = (pastSockets.connectionsMade, pastSockets.connectionsEnded)
        var haveChanged = false
        var ages: [Int64] = []
        func add(_ engine: TransferEngine) {
            if engine.socketsHaveChanged {
                haveChanged = true
                engine.socketsHaveChanged = false
                ages += engine.takeClosedAges()
            }
            opened += engine.counters.connectionsMade
            closed += engine.counters.connectionsEnded
        }
        if let engine { add(engine) }
        if let streamEngine { add(streamEngine) }
        for engine in leavingEngines { add(engine) }
        publishIdle()
        tally.setConnections(opened: opened, closed: closed, ages: ages)
        // One that has gone may have to be replaced before the timer would fire.
        if haveChanged, configuration.minConnections > 0 { rearmSweep(at: .now) }
    }
}
