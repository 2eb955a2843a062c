internal import BenchSupport
internal import HTTPSessionPool

/// Requests through a session of a pool.
struct PoolClient: Sendable {
    /// An answer that is not the one that the server gives.
    struct WrongAnswer: Error {
        let status: Int
        let bytes: Int
    }

    let options: BenchOptions
    let mode: BenchPool.Mode
    let request: Request
    /// The URL without its path, which every request carries.
    let origin: String

    init(_ options: BenchOptions, mode: BenchPool.Mode) throws {
        self.options = options
        self.mode = mode
        let headers = HeaderFields(options.headers.map { HeaderField(name: $0.name, value: $0.value) })
        let body = try options.bodyFile.map { try readFile($0) }
        let pathStart = Self.pathStart(of: options.url)
        origin = String(options.url[..<pathStart])
        request = Request(body == nil ? .get : .post, String(options.url[pathStart...]), headers: headers, body: body)
    }

    private static func pathStart(of url: String) -> String.Index {
        guard let scheme = url.firstRange(of: "://") else { return url.endIndex }
        return url[scheme.upperBound...].firstIndex(of: "/") ?? url.endIndex
    }

    /// The configuration: the package's defaults, but for what the workload asks for.
    var configuration: PoolConfiguration {
        var configuration = PoolConfiguration()
        configuration.session.proxy = .none
        configuration.session.limits.maxConcurrentRequests = options.concurrency
        configuration.session.limits.maxConnections = options.http2 ? 1 : options.concurrency
        configuration.session.httpVersion = options.http2 ? .http2 : .http1
        if let ca = options.ca {
            configuration.session.tls.additionalRoots = [.file(ca)]
            configuration.session.tls.trustsSystemRoots = false
        }
        // As the client in C: every header byte costs.
        configuration.session.headers = [:]
        return configuration
    }

    // MARK: Requests

    /// Keeps so many requests in flight.
    func load() async throws -> JSONLine {
        let pool = SessionPool(configuration: configuration)
        let session = try await pool.session(for: origin)
        let recorder = LoadRecorder(options)
        try await onMode(of: pool) { try await run(session, recorder) }
        let line = recorder.line
        await pool.shutdown()
        return line
    }

    private func run(_ session: Session, _ recorder: LoadRecorder) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<options.concurrency {
                group.addTask { try await worker(session, recorder) }
            }
            try await group.waitForAll()
        }
    }

    private func worker(_ session: Session, _ recorder: LoadRecorder) async throws {
        var latencies = LatencyHistogram()
        var begin = LoadRecorder.now
        while recorder.mayStart() {
            try check(try await session.send(request))
            begin = recorder.finished(begin: begin, latencies: &latencies)
        }
        recorder.merge(latencies)
    }

    /// One request of a fresh process.
    func cold(since begin: Int64) async throws -> JSONLine {
        let pool = SessionPool(configuration: configuration)
        var line = JSONLine()
        try await onMode(of: pool) { try check(try await pool.session(for: origin).send(request)) }
        line["first_answer_ms"] = Double(LoadRecorder.now - begin) / 1e6
        line["peak_kib"] = Double(ProcessFacts.peakMemory)
        return line
    }

    // MARK: Shared steps

    /// Runs `body` where the mode says.
    func onMode(of pool: SessionPool, _ body: () async throws -> Void) async throws {
        switch mode {
        case .loop: try await pool.onLoop(body)
        case .tasks: try await body()
        }
    }

    func check(_ response: Response) throws {
        guard response.status.rawValue == 200, options.expectedBytes.map({ $0 == response.body.count }) ?? true else {
            throw WrongAnswer(status: response.status.rawValue, bytes: response.body.count)
        }
    }
}
