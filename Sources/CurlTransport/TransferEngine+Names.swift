internal import CCurl

/// The names that were looked up for a transfer.
struct TransferNames {
    /// What is being looked up; the transfer is out of libcurl's hands meanwhile.
    var current: (name: HostName, isProxy: Bool, since: MonotonicTime)?
    /// Whether libcurl has asked to look up a name, and was stopped.
    var isWanted = false
    /// What libcurl has been told.
    var told: [HostName] = []
    /// Whether libcurl may go on by itself: what it asks for is an address, or good on one link only.
    var mayPass = false
    /// The time that the look-ups took.
    var microseconds: Int64 = 0

    /// libcurl's clocks begin anew when it gets the transfer back.
    func addWaiting(to metrics: inout TransferMetrics) {
        if metrics.connectionsOpened > 0 {
            metrics.nameLookup += microseconds
            if metrics.connect > 0 { metrics.connect += microseconds }
            if metrics.tlsHandshake > 0 { metrics.tlsHandshake += microseconds }
        }
        if metrics.firstByte > 0 { metrics.firstByte += microseconds }
        metrics.total += microseconds
    }
}

/// Names are looked up by ``NameLookups``, and not by libcurl.
///
/// libcurl asks before it looks a name up, only when it needs one: when there is no connection to go on with and the name
/// is not in the share's cache. It is told no, which fails the transfer before anything is sent; the name is looked up,
/// and libcurl gets the transfer back with the addresses, which it puts in its cache (CURLOPT_RESOLVE with a `+`, 7.75).
extension TransferEngine {
    /// Whether libcurl may look up a name by itself.
    func mayLookUp(for transfer: Transfer) -> Bool {
        if transfer.state.names?.mayPass == true { return true }
        if !usesProxy(transfer), HostName(url: transfer.state.applied.url)?.isKnown == true { return true }
        transfer.state.names = transfer.state.names ?? TransferNames()
        transfer.state.names?.isWanted = true
        return false
    }

    /// Looks up the name for which a transfer has failed.
    ///
    /// Returns whether the transfer goes on.
    func lookUpName(for transfer: Transfer, _ code: CURLcode) -> Bool {
        var names = transfer.state.names ?? TransferNames()
        // libcurl 8.16, 8.18 and 8.19 remember a name that they were kept from looking up as one that does not exist, and
        // fail the next transfer without asking (`store_negative_resolve` in hostip.c).
        let isKeptBack = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY
        guard transfer.state.refusal == nil, names.isWanted || isKeptBack, !names.mayPass else { return false }
        let candidates = candidates(for: transfer)
        let next = candidates.first { !$0.name.isKnown && !names.told.contains($0.name) }
        names.isWanted = false
        if let next {
            guard next.name.isResolvable, multi?.remove(transfer.easy) == CURLM_OK else { return false }
            names.current = (next.name, next.isProxy, now)
            transfer.state.names = names
            beginAgain(transfer)
            // Of a request that is sent again, too, this is time to connect.
            transfer.state.deadlines.reconnects(at: now)
            rearmTimer(of: transfer)
            loop.lookups.withValue { $0.join(next.name.host, self, transfer.id) }
            return true
        }
        // What libcurl has been told it does not ask for: it was an address that it wanted to read.
        guard candidates.contains(where: \.name.isKnown) else { return false }
        names.mayPass = true
        transfer.state.names = names
        guard multi?.remove(transfer.easy) == CURLM_OK else { return false }
        beginAgain(transfer)
        return multi?.add(transfer.easy) == CURLM_OK
    }

    /// Forgets what the attempt has brought that came to nothing for want of a name.
    private func beginAgain(_ transfer: Transfer) {
        letGoOfSockets(transfer)
        transfer.state.beginAgain()
        transfer.clearErrorDetail()
    }

    /// A name has been looked up, or cannot be.
    func nameAnswered(_ id: UInt64, _ answer: NameAnswer) {
        guard let transfer = transfer(id), let current = transfer.state.names?.current else { return }
        setNow()
        transfer.state.names?.current = nil
        transfer.state.names?.microseconds += max(0, now.nanoseconds - current.since.nanoseconds) / 1_000
        switch answer {
        case .addresses(let addresses):
            transfer.state.names?.told.append(current.name)
            goOn(transfer, telling: current.name.telling(addresses))
        case .onOneLink:
            transfer.state.names?.mayPass = true
            goOn(transfer, telling: [])
        case .failure(.noDescriptors):
            conclude(transfer, .failure(TransferFailure(.descriptorsExhausted, wasSent: transfer.mayBeProcessed)))
        case .failure(let failure):
            conclude(
                transfer,
                .failure(TransferFailure(.name(failure, isProxy: current.isProxy), wasSent: transfer.mayBeProcessed))
            )
        }
        // It looks at what has ended.
        loop.reactor.withValue { $0.kick(unsafe client) }
    }

    /// Gives a transfer back to libcurl.
    private func goOn(_ transfer: Transfer, telling lines: [String]) {
        do throws(CurlSetupError) {
            try transfer.setNames(lines)
            guard multi?.add(transfer.easy) == CURLM_OK else {
                throw CurlSetupError(option: 0, code: CURLE_FAILED_INIT.rawValue)
            }
        } catch {
            conclude(
                transfer,
                .failure(TransferFailure(.setup(error), detail: error.message, wasSent: transfer.mayBeProcessed))
            )
        }
    }

    /// Nobody waits for the transfer's name any more.
    func leaveLookup(_ transfer: Transfer) {
        guard let current = transfer.state.names?.current else { return }
        transfer.state.names?.current = nil
        loop.lookups.withValue { $0.leave(current.name.host, self, transfer.id) }
    }

    // MARK: Which name

    private typealias Candidate = (name: HostName, isProxy: Bool)

    /// Whether the transfer's connection goes to the proxy, whose name it is then that libcurl asks for.
    func usesProxy(_ transfer: Transfer) -> Bool {
        !options.proxy.isEmpty && !transfer.state.applied.isDirect
    }

    private func candidates(for transfer: Transfer) -> [Candidate] {
        guard options.unixSocketPath == nil else { return [] }
        let target = HostName(url: transfer.state.applied.url).map { ($0, false) }
        guard usesProxy(transfer) else { return [target].compactMap { $0 } }
        let proxy = HostName(proxy: options.proxy).map { ($0, true) }
        // These two are told addresses, not names, so that both have to be looked up here (CURLOPT_PROXY(3)).
        let scheme = options.proxy.lowercased()
        let looksUpTarget = scheme.hasPrefix("socks4://") || scheme.hasPrefix("socks5://")
        return [proxy, looksUpTarget ? target : nil].compactMap { $0 }
    }

    // MARK: Dead addresses

    /// Remembers the names to whose addresses no connection could be made: the host may have moved (curl/curl#403).
    ///
    /// libcurl would go on with them for as long as it keeps names.
    func noteDeadNames(of transfer: Transfer, _ failure: TransferFailure) {
        guard !failure.wasSent, Self.mayBeDead(failure.cause), let share else { return }
        for candidate in candidates(for: transfer)
        where !candidate.name.isKnown && !share.deadNames.contains(candidate.name) {
            share.deadNames.append(candidate.name)
        }
    }

    private static func mayBeDead(_ cause: TransferFailure.Cause) -> Bool {
        switch cause {
        case .curl, .timeout: true
        default: false
        }
    }

    /// Has libcurl forget them, before the transfer begins.
    func forgetDeadNames(of share: SharedState, by transfer: Transfer) throws(CurlSetupError) {
        try transfer.setNames(share.deadNames.flatMap(\.forgetting))
        share.deadNames = []
    }
}
