internal import CPoolServer

/// Carries the application through the C side's context pointer.
final class ApplicationContext {
    let application: PoolApplication

    init(_ application: PoolApplication) {
        self.application = application
    }
}

/// The context's application.
///
/// SAFETY: the engine holds a reference until its server has stopped.
private func application(_ context: UnsafeMutableRawPointer) -> PoolApplication {
    unsafe Unmanaged<ApplicationContext>.fromOpaque(context).takeUnretainedValue().application
}

func serverCallbacks(_ context: UnsafeMutableRawPointer) -> cps_callbacks {
    unsafe cps_callbacks(
        context: context,
        respond: { context, request, response in
            unsafe send(application(context).respond(to: ServerRequest(request.pointee)), response)
        },
        tick: { unsafe application($0).tick() }
    )
}

private func send(_ answer: ServerResponse, _ response: OpaquePointer) {
    let isMade = unsafe answer.body.withUnsafeBufferPointer { body in
        unsafe cps_response_set(response, UInt32(clamping: answer.status), body.baseAddress, body.count)
    }
    // Without memory for an answer the connection is closed.
    guard isMade else { return }
    for field in answer.fields {
        let isAccepted = unsafe cps_response_add_field(response, field.name, field.value)
        assert(isAccepted, "libmicrohttpd refused the field \(field.name)")
    }
}

extension ServerRequest {
    /// Copies the request out of the C side's memory, which lives only during the call.
    fileprivate init(_ request: cps_request) {
        self.init(
            method: unsafe String(cString: request.method),
            path: unsafe String(cString: request.path),
            version: unsafe String(cString: request.version)
        )
        unsafe isMalformed = request.is_malformed
        guard let first = unsafe request.fields else { return }
        // By index: swift-format mangles `for unsafe field in`.
        for index in unsafe 0..<request.field_count {
            let field = unsafe first[index]
            unsafe fields.append((name: String(cString: field.name), value: String(cString: field.value)))
        }
    }
}

/// The time, as the server tells it.
struct ServerClock: Sendable {
    /// Nanoseconds since 1970.
    var wall: @Sendable () -> Int64

    static let system = ServerClock(wall: { cps_wall_now() })
}
