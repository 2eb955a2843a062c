internal import CCurl

/// What the loop tells the engine, and what libcurl asks of the loop.
extension TransferEngine {
    // MARK: From the loop

    /// A descriptor is ready.
    package func socketReady(_ descriptor: Int32, _ events: PollEvents) {
        if behavior.readsPausedTransfers, restsWhilePaused(descriptor) { return }
        var mask: Int32 = 0
        if events.contains(.readable) { mask |= Int32(CURL_CSELECT_IN) }
        if events.contains(.writable) { mask |= Int32(CURL_CSELECT_OUT) }
        // A hang-up is read, not reported as an error: the last bytes of an answer may come with it.
        if events.contains(.hungUp) || mayHaveAnswered(descriptor, events) { mask |= Int32(CURL_CSELECT_IN) }
        drive(descriptor, mask)
    }

    /// Whether an answer may come before libcurl sends on what the kernel has just made room for.
    ///
    /// A server that refuses an upload often answers its head and closes at once, and the next piece that is sent fails: an
    /// answer that libcurl has not read by then is lost. Later versions read before they send without being told to
    /// (`Curl_sendrecv`). Not while the reader pauses it: libcurl 8.5 then would do neither.
    private func mayHaveAnswered(_ descriptor: Int32, _ events: PollEvents) -> Bool {
        guard events == .writable else { return false }
        // Connected just now: libcurl sends the head, and in the same breath the first piece.
        if state.sockets[descriptor]?.isConnected == false { return true }
        return loop.reactor.withValue { $0.waits(for: [.readable, .writable], of: descriptor) }
    }

    /// One of the engine's timers is due; `tag` is without the engine's base.
    package func timerFired(_ tag: UInt64) {
        guard tag == Self.multiTag else {
            if let transfer = transfer(ofTimer: tag) { transferTimerFired(transfer) }
            return
        }
        state.multiTimer = nil
        guard let deadline = state.multiDeadline else { return }
        setNow()
        guard deadline <= now else { return setMultiTimer(deadline) }
        state.multiDeadline = nil
        drive(CURL_SOCKET_TIMEOUT, 0)
    }

    /// libcurl asked to be called before the loop sleeps.
    package func kicked() {
        guard state.isKicked else { return }
        state.isKicked = false
        drive(CURL_SOCKET_TIMEOUT, 0)
    }

    private func drive(_ descriptor: Int32, _ mask: Int32) {
        guard !state.isClosed else { return }
        setNow()
        _ = multi?.socketAction(descriptor, mask)
        if state.hasWaiters { wakeWaiters() }
        collect()
        failUnwatched()
    }

    /// Finishes the transfers that libcurl is done with.
    private func collect() {
        while let (context, result) = unsafe multi?.nextFinished() {
            finish(unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), result)
        }
    }

    // MARK: Time limits

    /// Sets the transfer's timer when there is none that fires in time; one that fires early looks again.
    func rearmTimer(of transfer: Transfer) {
        guard transfer.isRunning, let deadline = transfer.deadlineBeforeTimer else { return }
        loop.reactor.withValue { reactor in
            if let timer = transfer.state.timer { reactor.cancelTimer(timer.token) }
            let tag = tagBase | (transfer.id & (1 << Self.slotBits - 1))
            transfer.state.timer = (reactor.setTimer(deadline, for: unsafe client, tag: tag), deadline)
        }
    }

    private func transferTimerFired(_ transfer: Transfer) {
        transfer.state.timer = nil
        // One that was set for an earlier request of the handle may find none.
        guard transfer.isRunning else { return }
        setNow()
        guard let cause = transfer.state.deadlines.expired(at: now) else { return rearmTimer(of: transfer) }
        if cause == .connect, transfer.state.deadlines.isBehindOthers, state.transfers.contains(where: \.isOnConnection)
        {
            // There is a connection, with no stream to spare: that is a queue and not a connection that is not made.
            transfer.state.deadlines.queued()
            rearmTimer(of: transfer)
        } else {
            fail(transfer, timeout: cause)
        }
    }

    private func setMultiTimer(_ deadline: MonotonicTime) {
        let tag = tagBase | Self.multiTag
        let old = state.multiTimer
        if let old, old.deadline <= deadline { return }
        state.multiTimer = loop.reactor.withValue { reactor in
            if let old { reactor.cancelTimer(old.token) }
            return (reactor.setTimer(deadline, for: unsafe client, tag: tag), deadline)
        }
    }

    // MARK: From libcurl

    fileprivate func timerWanted(milliseconds: Int) {
        switch milliseconds {
        case ..<0:
            state.multiDeadline = nil
        case 0:
            // Must not be answered from inside the call.
            state.multiDeadline = nil
            guard !state.isKicked else { return }
            state.isKicked = true
            loop.reactor.withValue { $0.kick(unsafe client) }
        default:
            // Not the engine's `now`: libcurl forgets a timer that fires before its time.
            let deadline = MonotonicTime.now.advanced(byNanoseconds: Int64(milliseconds) * 1_000_000)
            state.multiDeadline = deadline
            setMultiTimer(deadline)
        }
    }

    /// Does what libcurl wants of a descriptor.
    ///
    /// Returns whether the kernel took it.
    fileprivate func socketWanted(_ descriptor: Int32, _ what: Int32) -> Bool {
        let isOurs = owns(descriptor)
        return loop.reactor.withValue { reactor in
            let events: PollEvents
            switch what {
            case CURL_POLL_IN: events = .readable
            case CURL_POLL_OUT: events = .writable
            case CURL_POLL_INOUT: events = [.readable, .writable]
            case CURL_POLL_REMOVE where isOurs:
                reactor.rest(descriptor, of: unsafe client)
                return true
            // The resolver's descriptors are libcurl's own and closed without a word.
            case CURL_POLL_REMOVE:
                reactor.forget(descriptor, of: unsafe client)
                return true
            default: return true
            }
            return reactor.watch(descriptor, for: events, client: unsafe client, isForeign: !isOurs)
        }
    }

    /// Nobody would tell a transfer of its socket: it is ended when libcurl has returned.
    fileprivate func cannotWatch(for transfer: Transfer?) {
        guard let transfer else { return }
        state.unwatched.append(transfer.id)
    }

    private func failUnwatched() {
        guard !state.unwatched.isEmpty else { return }
        var failed: [UInt64] = []
        swap(&failed, &state.unwatched)
        for id in failed { if let transfer = transfer(id) { fail(transfer, .unwatched) } }
    }
}

// MARK: - C callbacks

nonisolated func engineSocketFunction(
    handle: UnsafeMutableRawPointer?,
    descriptor: curl_socket_t,
    what: Int32,
    context: UnsafeMutableRawPointer,
    socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    let engine = unsafe Unmanaged<TransferEngine>.fromOpaque(context)
    unsafe engine._withUnsafeGuaranteedRef { engine in
        guard !engine.socketWanted(descriptor, what) else { return }
        // The handle that libcurl closes connections with has no transfer.
        let user = unsafe handle.flatMap { unsafe ccurl_easy_get_private($0) }
        engine.cannotWatch(for: unsafe user.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() })
    }
    // -1 would abort every transfer of the multi handle, and all that are begun while it has any.
    return 0
}

nonisolated func engineTimerFunction(
    multi: UnsafeMutableRawPointer?,
    milliseconds: Int,
    context: UnsafeMutableRawPointer
) -> Int32 {
    let engine = unsafe Unmanaged<TransferEngine>.fromOpaque(context)
    unsafe engine._withUnsafeGuaranteedRef { $0.timerWanted(milliseconds: milliseconds) }
    return 0
}
