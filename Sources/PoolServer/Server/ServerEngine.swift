internal import CPoolServer
internal import CurlTransport
internal import Glibc
internal import Synchronization

/// The C side's server: started once, stopped once.
@safe final class ServerEngine {
    let port: UInt16
    private let running: Locked<Handle?>

    /// The C side's pointers, which only ``stop()`` takes out and frees.
    @safe
    private final class Handle {
        let server: OpaquePointer
        let context: Unmanaged<ApplicationContext>

        init(_ server: OpaquePointer, _ context: Unmanaged<ApplicationContext>) {
            unsafe self.server = server
            unsafe self.context = context
        }
    }

    init(
        _ configuration: PoolServerConfiguration,
        address: String,
        application: PoolApplication
    ) throws(PoolServerError) {
        let context = unsafe Unmanaged.passRetained(ApplicationContext(application))
        var error: CInt = 0
        let started = unsafe address.withCString { text in
            unsafe cps_server_start(
                cps_options(
                    address: text,
                    port: configuration.port,
                    connection_limit: UInt32(clamping: configuration.maxConnections),
                    patience: UInt32(clamping: configuration.patience.wholeNanoseconds / 1_000_000),
                    tick_interval: Self.tick(configuration.sampleInterval)
                ),
                serverCallbacks(context.toOpaque()),
                &error
            )
        }
        guard let server = unsafe started else {
            unsafe context.release()
            throw Self.startError(configuration, errno: error)
        }
        unsafe port = cps_server_port(server)
        unsafe running = Locked(Handle(server, context))
    }

    deinit { stop() }

    var connections: Int {
        running.withLock { handle in
            guard let handle else { return 0 }
            return unsafe Int(cps_server_connections(handle.server))
        }
    }

    func stop() {
        let handle = running.withLock { handle -> Handle? in
            defer { handle = nil }
            return handle
        }
        guard let handle else { return }
        unsafe cps_server_stop(handle.server)
        unsafe handle.context.release()
    }

    /// Often enough that slow clients are noticed within a second, and every sample is taken in time.
    private static func tick(_ sampleInterval: Duration) -> UInt32 {
        UInt32(clamping: min(1_000, max(1, sampleInterval.wholeNanoseconds / 1_000_000)))
    }

    private static func words(_ errno: CInt) -> String {
        switch errno {
        case EADDRINUSE: "somebody else listens there"
        case EACCES: "ports below 1024 are for the administrator"
        case EADDRNOTAVAIL: "this machine has no such address"
        default: "errno \(errno)"
        }
    }

    private static func startError(_ configuration: PoolServerConfiguration, errno: CInt) -> PoolServerError {
        errno == 0
            ? PoolServerError(
                .startFailed,
                "The HTTP server did not start; check the limits of threads and descriptors."
            )
            : PoolServerError(
                .addressUnavailable,
                "Cannot listen at \(configuration.host), port \(configuration.port): \(words(errno)); choose another port."
            )
    }
}

extension ServerEngine: Sendable {}
