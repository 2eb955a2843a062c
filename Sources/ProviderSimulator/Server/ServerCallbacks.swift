internal import CMicroHTTPDShim

/// The context's application.
///
/// SAFETY: the engine holds a reference until its servers have stopped.
private func application(_ context: UnsafeMutableRawPointer) -> any ServerApplication {
    unsafe Unmanaged<ServerContext>.fromOpaque(context).takeUnretainedValue().application
}

/// The exchange of an answer pointer.
///
/// SAFETY: retained by `request_received`, released by `finished`, the last call.
private func exchange(_ answer: UnsafeMutableRawPointer) -> Exchange {
    unsafe Unmanaged<Exchange>.fromOpaque(answer).takeUnretainedValue()
}

func serverCallbacks(_ context: UnsafeMutableRawPointer) -> cmhd_callbacks {
    unsafe cmhd_callbacks(
        context: context,
        connection_opened: { unsafe application($0).connectionOpened() },
        connection_closed: { unsafe application($0).connectionClosed() },
        handshake_done: { unsafe application($0).handshakeDone(resumed: $1) },
        request_received: { context, request in
            let exchange = unsafe application(context).receive(HTTPRequest(request.pointee))
            return unsafe Unmanaged.passRetained(exchange).toOpaque()
        },
        before_head: { answer, wait in unsafe result(of: exchange(answer).nextBeforeHead(), wait) },
        head: { answer, handle in unsafe beginAnswer(exchange(answer), handle) },
        body: { answer, buffer, capacity, wait in unsafe continueAnswer(exchange(answer), buffer, capacity, wait) },
        finished: { answer in unsafe Unmanaged<Exchange>.fromOpaque(answer).takeRetainedValue().finish() }
    )
}

private func beginAnswer(_ exchange: Exchange, _ handle: OpaquePointer) {
    let plan = exchange.plan
    unsafe cmhd_exchange_begin(handle, UInt32(clamping: plan.status), plan.length.map(Int64.init) ?? -1)
    for field in plan.fields {
        let isAccepted = unsafe cmhd_exchange_add_field(handle, field.name, field.value)
        assert(isAccepted, "libmicrohttpd refused the field \(field.name)")
    }
    exchange.beginBody()
}

private func continueAnswer(
    _ exchange: Exchange,
    _ buffer: UnsafeMutablePointer<UInt8>,
    _ capacity: Int,
    _ wait: UnsafeMutablePointer<Int64>
) -> Int64 {
    let next = exchange.next(capacity: capacity)
    guard case .write(let bytes) = next else { return unsafe result(of: next, wait) }
    for (offset, byte) in bytes.enumerated() { unsafe buffer[offset] = byte }
    return Int64(bytes.count)
}

/// The C side's code for what is next, unless that is a write.
private func result(of next: Exchange.Next, _ wait: UnsafeMutablePointer<Int64>) -> Int64 {
    switch next {
    case .wait(let duration):
        unsafe wait.pointee = max(duration.nanoseconds, 0)
        return CMHD_WAIT
    case .waitForRelease(let number):
        unsafe wait.pointee = -1 - Int64(number)
        return CMHD_WAIT
    case .close: return CMHD_ABORT
    case .reset: return CMHD_RESET
    case .head: return CMHD_HEAD
    case .end, .write: return CMHD_END
    }
}

extension HTTPRequest {
    /// Copies the request out of the C side's memory, which lives only during the call.
    fileprivate init(_ request: cmhd_request) {
        var fields: [HTTPField] = []
        if let first = unsafe request.fields {
            // By index: swift-format mangles `for unsafe field in`.
            for index in unsafe 0..<request.field_count {
                let field = unsafe first[index]
                unsafe fields.append(HTTPField(String(cString: field.name), String(cString: field.value)))
            }
        }
        let body = unsafe [UInt8](UnsafeBufferPointer(start: request.body, count: request.body_length))
        self.init(
            method: unsafe String(cString: request.method),
            target: unsafe String(cString: request.target),
            fields: fields,
            body: body
        )
        isBodyTooLong = unsafe request.body_too_long
        hasClientCertificate = unsafe request.has_client_certificate
    }
}
