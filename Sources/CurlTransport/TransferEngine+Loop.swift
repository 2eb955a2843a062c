internal import CCurl

/// What the loop tells the engine, and what libcurl asks of the loop.
extension TransferEngine {
    // MARK: From the loop

    /// A descriptor is ready.
    package func socketReady(_ descriptor: Int32, _ events: PollEvents) {
        var mask: Int32 = 0
        if events.contains(.readable) { mask |= Int32(CURL_CSELECT_IN) }
        if events.contains(.writable) { mask |= Int32(CURL_CSELECT_OUT) }
        // A hang-up is read, not reported as an error: the last bytes of an answer may come with it.
        if events.contains(.hungUp) { mask |= Int32(CURL_CSELECT_IN) }
        drive(descriptor, mask)
    }

    /// One of the engine's timers is due; `tag` is without the engine's base.
    package func timerFired(_ tag: UInt64) {
        guard tag == Self.multiTag else {
            if let transfer = transfer(tag) { transferTimerFired(transfer) }
            return
        }
        multiTimer = nil
        guard let deadline = multiDeadline else { return }
        guard deadline <= .now else { return setMultiTimer(deadline) }
        multiDeadline = nil
        drive(CURL_SOCKET_TIMEOUT, 0)
    }

    /// libcurl asked to be called before the loop sleeps.
    package func kicked() {
        guard isKicked else { return }
        isKicked = false
        drive(CURL_SOCKET_TIMEOUT, 0)
    }

    private func drive(_ descriptor: Int32, _ mask: Int32) {
        guard !isClosed else { return }
        _ = multi?.socketAction(descriptor, mask)
        collect()
    }

    /// Finishes the transfers that libcurl is done with.
    private func collect() {
        while let (context, result) = unsafe multi?.nextFinished() {
            finish(unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), result)
        }
    }

    // MARK: Time limits

    func armTimer(of transfer: Transfer, now: MonotonicTime) {
        guard let deadline = transfer.deadlines.nextDeadline else { return }
        let tag = tagBase | transfer.id
        transfer.timerDeadline = deadline
        transfer.timer = loop.reactor.withValue { $0.setTimer(deadline, for: client, tag: tag) }
    }

    /// Moves the timer if it would fire too late; one that fires too early looks again.
    func rearmTimer(of transfer: Transfer) {
        guard transfer.isRunning, let deadline = transfer.deadlines.nextDeadline else { return }
        guard let timer = transfer.timer else { return armTimer(of: transfer, now: .now) }
        transfer.timerDeadline = deadline
        loop.reactor.withValue { _ = $0.moveTimer(timer, to: deadline) }
    }

    /// Moves the timer if the phase that has just begun may end before it would fire.
    func tightenTimer(of transfer: Transfer) {
        guard let deadline = transfer.deadlines.nextDeadline else { return }
        if transfer.timer == nil || deadline < transfer.timerDeadline { rearmTimer(of: transfer) }
    }

    private func transferTimerFired(_ transfer: Transfer) {
        transfer.timer = nil
        let now = MonotonicTime.now
        if let cause = transfer.deadlines.expired(at: now) {
            fail(transfer, .timeout(cause))
        } else {
            armTimer(of: transfer, now: now)
        }
    }

    private func setMultiTimer(_ deadline: MonotonicTime) {
        let tag = tagBase | Self.multiTag
        if let multiTimer, multiTimer.deadline <= deadline { return }
        loop.reactor.withValue { reactor in
            if let multiTimer { reactor.cancelTimer(multiTimer.token) }
            multiTimer = (reactor.setTimer(deadline, for: client, tag: tag), deadline)
        }
    }

    // MARK: From libcurl

    fileprivate func timerWanted(milliseconds: Int) {
        switch milliseconds {
        case ..<0:
            multiDeadline = nil
        case 0:
            // Must not be answered from inside the call.
            multiDeadline = nil
            guard !isKicked else { return }
            isKicked = true
            loop.reactor.withValue { $0.kick(client) }
        default:
            let deadline = MonotonicTime.now.advanced(by: .milliseconds(milliseconds))
            multiDeadline = deadline
            setMultiTimer(deadline)
        }
    }

    fileprivate func socketWanted(_ descriptor: Int32, _ what: Int32, by transfer: Transfer?) {
        let paused = transfer.flatMap { $0.isRunning && $0.deadlines.isPaused ? $0.id : nil }
        let isOurs = sockets[descriptor]?.note(what, pausedTransfer: paused) != nil
        loop.reactor.withValue { reactor in
            switch what {
            case CURL_POLL_IN: _ = reactor.watch(descriptor, for: .readable, client: client)
            case CURL_POLL_OUT: _ = reactor.watch(descriptor, for: .writable, client: client)
            case CURL_POLL_INOUT: _ = reactor.watch(descriptor, for: [.readable, .writable], client: client)
            // The resolver's descriptors are libcurl's own and closed without a word.
            case CURL_POLL_REMOVE where isOurs: reactor.rest(descriptor)
            case CURL_POLL_REMOVE: reactor.forget(descriptor)
            default: break
            }
        }
        guard isOurs, what == CURL_POLL_REMOVE else { return }
        if transfer?.wasSent == true { sockets[descriptor]?.isEstablished = true }
        if sockets[descriptor]?.isEstablished == false { forgetIfClosed(descriptor) }
    }
}

// MARK: - C callbacks

private nonisolated func engine(_ context: UnsafeMutableRawPointer) -> TransferEngine {
    unsafe Unmanaged<TransferEngine>.fromOpaque(context).takeUnretainedValue()
}

nonisolated func engineSocketFunction(
    handle: UnsafeMutableRawPointer?,
    descriptor: curl_socket_t,
    what: Int32,
    context: UnsafeMutableRawPointer,
    socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    // Only a removal leaves open who uses the socket; the handle that libcurl closes connections with has no transfer.
    let pointer = what == CURL_POLL_REMOVE ? unsafe handle.flatMap { unsafe ccurl_easy_get_private($0) } : nil
    let transfer = unsafe pointer.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    unsafe engine(context).socketWanted(descriptor, what, by: transfer)
    return 0
}

nonisolated func engineTimerFunction(
    multi: UnsafeMutableRawPointer?,
    milliseconds: Int,
    context: UnsafeMutableRawPointer
) -> Int32 {
    unsafe engine(context).timerWanted(milliseconds: milliseconds)
    return 0
}
