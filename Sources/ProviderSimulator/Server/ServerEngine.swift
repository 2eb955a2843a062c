internal import CMicroHTTPDShim

/// What a server tells its application; every call comes from a thread of the server.
protocol ServerApplication: AnyObject, Sendable {
    func connectionOpened()
    func connectionClosed()
    func handshakeDone(resumed: Bool)
    func receive(_ request: HTTPRequest) -> Exchange
}

/// How one server listens.
struct ServerOptions: Sendable {
    var port: UInt16 = 0
    var threads = 1
    var connectionLimit = 16_384
    var idleTimeoutSeconds = 0
    var bodyLimit = 64 << 20
}

/// The servers of a simulator, the clock that ends their waits and the certificates they show.
///
/// Only the files of this folder touch the C side's pointers. `stop` frees all of it and is called exactly once: by the
/// simulator, behind its lock, or by `deinit`.
@safe final class ServerEngine {
    private let clock: OpaquePointer
    private var servers: [OpaquePointer] = unsafe []
    private var contexts: [Unmanaged<ServerContext>] = unsafe []
    private var credentials: OpaquePointer?
    private var isStopped = false

    init() throws(SimulatorError) {
        var error: CInt = 0
        guard let clock = unsafe cmhd_clock_create(&error) else {
            throw SimulatorError(.serverFailed, "the clock's thread did not start (errno \(error)); free some threads")
        }
        unsafe self.clock = clock
    }

    deinit {
        stop()
        unsafe cmhd_clock_destroy(clock)
    }

    /// Makes the certificates that every server started from now on shows.
    func makeCredentials(_ options: SimulatorTLS) throws(SimulatorError) {
        var error: CInt = 0
        let created = unsafe cmhd_credentials_create(options.shimOptions, &error)
        guard let created = unsafe created else {
            let text = unsafe String(cString: cmhd_tls_error_text(error))
            throw SimulatorError(.certificateFailed, "GnuTLS could not make the certificates: \(text)")
        }
        unsafe credentials = created
    }

    /// The CA's certificate, and the client's certificate and key, as PEM text.
    var certificateTexts: (root: String, clientCertificate: String, clientKey: String)? {
        guard let credentials = unsafe credentials else { return nil }
        return unsafe (
            String(cString: cmhd_credentials_root(credentials)),
            String(cString: cmhd_credentials_client_certificate(credentials)),
            String(cString: cmhd_credentials_client_key(credentials))
        )
    }

    /// Starts a server and returns its port.
    func start(
        _ options: ServerOptions,
        application: any ServerApplication
    ) throws(SimulatorError) -> UInt16 {
        let context = unsafe Unmanaged.passRetained(ServerContext(application))
        var error: CInt = 0
        let started = unsafe cmhd_server_start(
            options.shimOptions,
            serverCallbacks(context.toOpaque()),
            clock,
            credentials,
            &error
        )
        guard let server = unsafe started else {
            unsafe context.release()
            throw Self.startError(port: options.port, errno: error)
        }
        unsafe servers.append(server)
        unsafe contexts.append(context)
        return unsafe cmhd_server_port(server)
    }

    /// Ends the waits for a release of this or an earlier number.
    func release(_ number: Int) {
        unsafe cmhd_clock_release(clock, Int64(number))
    }

    /// Ends every wait and closes every connection; nothing calls the applications afterwards.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        unsafe cmhd_clock_stop(clock)
        unsafe servers.forEach { unsafe cmhd_server_stop($0) }
        unsafe contexts.forEach { unsafe $0.release() }
        unsafe servers = unsafe []
        unsafe contexts = unsafe []
        if let credentials = unsafe credentials { unsafe cmhd_credentials_destroy(credentials) }
        unsafe credentials = nil
    }

    private static func startError(port: UInt16, errno error: CInt) -> SimulatorError {
        error == 0
            ? SimulatorError(.serverFailed, "the HTTP server on port \(port) did not start; check the descriptor limit")
            : SimulatorError(
                .portUnavailable,
                "cannot listen on 127.0.0.1:\(port) (errno \(error)); choose another port"
            )
    }
}

// Created, used and stopped behind the simulator's lock; the C side synchronises its own threads.
extension ServerEngine: @unchecked Sendable {}

/// Carries an application through the C side's context pointer.
final class ServerContext {
    let application: any ServerApplication

    init(_ application: any ServerApplication) {
        self.application = application
    }
}

extension ServerOptions {
    fileprivate var shimOptions: cmhd_server_options {
        cmhd_server_options(
            port: port,
            threads: UInt32(clamping: threads),
            connection_limit: UInt32(clamping: connectionLimit),
            idle_timeout: UInt32(clamping: idleTimeoutSeconds),
            body_limit: bodyLimit
        )
    }
}

extension SimulatorTLS {
    fileprivate var shimOptions: cmhd_credentials_options {
        let certificates =
            switch clientCertificates {
            case .ignored: CMHD_CLIENT_CERTIFICATES_IGNORED
            case .requested: CMHD_CLIENT_CERTIFICATES_REQUESTED
            case .required: CMHD_CLIENT_CERTIFICATES_REQUIRED
            }
        return cmhd_credentials_options(
            client_certificates: certificates,
            session_tickets: allowsSessionResumption,
            expired: certificate == .expired,
            wrong_host: certificate == .wrongHost
        )
    }
}
