internal import BenchSupport
internal import Foundation
internal import FoundationNetworking

/// Requests through one URLSession.
struct URLSessionClient: Sendable {
    /// Something that makes a measurement worthless.
    struct Problem: Error {
        let text: String
    }

    let options: BenchOptions
    let request: URLRequest

    init(_ options: BenchOptions) throws {
        self.options = options
        guard let url = URL(string: options.url) else { throw Problem(text: "no URL: \(options.url)") }
        var request = URLRequest(url: url)
        for header in options.headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
        if let body = options.bodyFile {
            request.httpMethod = "POST"
            request.httpBody = try Data(contentsOf: URL(fileURLWithPath: body))
        }
        self.request = request
    }

    var configuration: URLSessionConfiguration {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = options.concurrency
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        return configuration
    }

    /// Keeps so many requests in flight.
    func load() async throws -> JSONLine {
        let session = URLSession(configuration: configuration)
        let recorder = LoadRecorder(options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<options.concurrency {
                group.addTask {
                    var latencies = LatencyHistogram()
                    var begin = LoadRecorder.now
                    while recorder.mayStart() {
                        try await send(through: session)
                        begin = recorder.finished(begin: begin, latencies: &latencies)
                    }
                    recorder.merge(latencies)
                }
            }
            try await group.waitForAll()
        }
        return recorder.line
    }

    /// One request of a fresh process.
    func cold(since begin: Int64) async throws -> JSONLine {
        try await send(through: URLSession(configuration: configuration))
        var line = JSONLine()
        line["first_answer_ms"] = Double(ProcessFacts.now - begin) / 1e6
        line["peak_kib"] = Double(ProcessFacts.peakMemory)
        return line
    }

    private func send(through session: URLSession) async throws {
        let (data, response) = try await session.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard status == 200, options.expectedBytes.map({ $0 == data.count }) ?? true else {
            throw Problem(text: "status \(status), \(data.count) bytes")
        }
    }
}
