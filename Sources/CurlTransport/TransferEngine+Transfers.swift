internal import CCurl

/// Transfers: started, found, paused and taken back.
extension TransferEngine {
    /// Starts a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - sink: Where its body goes; `nil` buffers it in the transfer.
    ///   - now: The time.
    /// - Returns: The transfer, which is handed back with ``recycle(_:)``.
    /// - Throws: ``TransferFailure`` when libcurl refuses it; nothing was sent then.
    package func start(
        _ request: TransferRequest,
        sink: StreamSink? = nil,
        at now: MonotonicTime
    ) throws(TransferFailure) -> Transfer {
        guard !state.isClosed else { throw TransferFailure(.closed, wasSent: false) }
        let transfer = try checkOut()
        do {
            try transfer.prepare(request, options: options, idleTimeout: idleTimeout, sink: sink)
            if let share, !share.deadNames.isEmpty { try forgetDeadNames(of: share, by: transfer) }
        } catch {
            recycle(transfer)
            throw TransferFailure(.setup(error), detail: error.message, wasSent: false)
        }
        state.now = max(state.now, now)
        transfer.state.deadlines.started(at: now)
        reopenIfNeeded()
        let code = multi?.add(transfer.easy) ?? CURLM_BAD_HANDLE
        guard code == CURLM_OK else {
            recycle(transfer)
            throw TransferFailure(.curl(CURLE_FAILED_INIT.rawValue), detail: Self.words(code), wasSent: false)
        }
        transfer.state.isRunning = true
        rearmTimer(of: transfer)
        return transfer
    }

    /// The running transfer of this number; `nil` when it has ended.
    package func transfer(_ id: UInt64) -> Transfer? {
        let slot = Int(id & (1 << Self.slotBits - 1)) - 1
        guard state.transfers.indices.contains(slot) else { return nil }
        let transfer = state.transfers[slot]
        return transfer.id == id && transfer.isRunning ? transfer : nil
    }

    /// Takes a finished transfer back.
    package func recycle(_ transfer: Transfer) {
        let slot = Int(transfer.id & (1 << Self.slotBits - 1)) - 1
        transfer.state.clear()
        transfer.state.id += 1 << Self.slotBits
        if transfer.id >= Self.tagMask { transfer.state.id = UInt64(slot + 1) }
        state.idleTransfers.append(slot)
    }

    /// The transfer of a timer's tag, whatever it runs now.
    func transfer(ofTimer tag: UInt64) -> Transfer? {
        let slot = Int(tag & (1 << Self.slotBits - 1)) - 1
        return state.transfers.indices.contains(slot) ? state.transfers[slot] : nil
    }

    /// Lets a paused stream go on, after its reader has caught up.
    package func resume(_ transfer: Transfer) {
        guard transfer.isRunning, transfer.isPaused else { return }
        setNow()
        transfer.state.deadlines.resumed(at: now)
        if behavior.readsPausedTransfers { watchAgain(transfer) }
        // Calls the body function at once with what libcurl kept, and may fail like any other step.
        let code = transfer.easy.unpause()
        if code != CURLE_OK, transfer.isRunning { finish(transfer, code) }
        rearmTimer(of: transfer)
    }

    /// Sets until when the reader of a stream will wait; `nil` for as long as it takes.
    package func setReaderDeadline(_ deadline: MonotonicTime?, of transfer: Transfer) {
        guard transfer.isRunning else { return }
        transfer.state.deadlines.setReaderDeadline(deadline)
        rearmTimer(of: transfer)
    }

    private func checkOut() throws(TransferFailure) -> Transfer {
        if let slot = state.idleTransfers.popLast() { return state.transfers[slot] }
        do throws(CurlSetupError) {
            guard let easy = EasyHandle() else {
                throw CurlSetupError(option: 0, code: CURLE_OUT_OF_MEMORY.rawValue)
            }
            try options.apply(to: easy)
            try unsafe easy.setPointer(CURLOPT_SHARE, share?.handle.pointer)
            let transfer = try Transfer(
                id: UInt64(state.transfers.count + 1),
                number: numbering.next(),
                easy: easy,
                engine: self
            )
            try unsafe transfer.easy.setSocketFunctions(
                open: engineOpenFunction,
                opener: Unmanaged.passUnretained(transfer).toOpaque(),
                close: engineCloseFunction,
                closer: Unmanaged.passUnretained(self).toOpaque()
            )
            state.transfers.append(transfer)
            return transfer
        } catch {
            throw TransferFailure(.setup(error), detail: error.message, wasSent: false)
        }
    }
}
