import Foundation
import Glibc
import HTTPSessionPool
import TestSupport
import Testing

/// The log of `session-pool serve`.
@Suite(.timeLimit(.minutes(5))) struct CommandLineLogTests {
    private struct Line: Decodable {
        let time, level, message: String
        let method, server: String?
        let status: Int?
        let duration: Double?
        let errorType: String?
        let reused: Bool?

        enum CodingKeys: String, CodingKey {
            case time, level, message
            case server = "server.address"
            case method = "http.request.method"
            case status = "http.response.status_code"
            case duration = "duration_ms"
            case errorType = "error.type"
            case reused = "reused_connection"
        }
    }

    private static func lines(_ server: CommandLineServeTests.Server) throws -> [Line] {
        try server.process.lines.filter { $0.hasPrefix(#"{"time""#) }
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    @Test func `log_requests makes a JSON object of every request, and shows no secret`() async throws {
        let arguments = ["--load", "2", "--fault", "naparnik:status=503/2", "--set", "log_requests=true"]
        try await CommandLineServeTests.Server.running(arguments) { server in
            _ = try await server.process.wait("requests") { lines in
                [#""level":"info","message":"a request has ended""#, #""http.response.status_code":503"#]
                    .allSatisfy { part in lines.contains { $0.contains(part) } }
            }
            server.process.signal(SIGTERM)
            #expect(try await server.process.waitForExit() == 0)
            let lines = try Self.lines(server)
            let requests = lines.filter { $0.message == "a request has ended" }
            #expect(requests.allSatisfy { $0.method == "POST" && $0.server == "127.0.0.1" })
            #expect(requests.allSatisfy { $0.duration != nil && $0.reused != nil })
            let refused = try #require(requests.first { $0.status == 503 })
            #expect(refused.level == "warning" && refused.errorType == "503")
            #expect(try #require(requests.first { $0.status == 200 }).errorType == nil)
            // Each line is later than the one before, but for two threads at the same time.
            #expect(lines.allSatisfy { $0.time.count == "2026-11-21T12:00:00.000Z".count && $0.time.hasSuffix("Z") })
            #expect(lines.contains { $0.message == "a session was created" && $0.level == "info" })
            #expect(lines.contains { $0.message.hasPrefix("no more requests") })
            for secret in ["Bearer", "demo-key", "demo-token", "ZGVtbzpkZW1v", "chat 1"] {
                #expect(!server.process.output.contains(secret))
            }
        }
    }

    @Test func `log_level says what is left out, and SIGHUP changes it at once`() async throws {
        let directory = try TemporaryDirectory("log")
        let file = try directory.write("pool.toml", "[pool_settings]\nlog_level = \"error\"\n")
        try await CommandLineServeTests.Server.running(["--load", "1", "--config", file]) { server in
            try await server.wait("/pool/stats") { !$0.text.contains(#""connections_reused":0"#) }
            #expect(try Self.lines(server).isEmpty)
            try directory.write("pool.toml", "[pool_settings]\nlog_level = \"debug\"\n")
            server.process.signal(SIGHUP)
            try await server.process.waitForOutput(#"log_level: \"error\" -> \"debug\", from now on"#)
            try await server.process.waitForOutput(#""level":"debug","message":"a request has ended""#)
            try directory.write("pool.toml", "[pool_settings]\nlog_level = \"debug\"\nlog_requests = true\n")
            server.process.signal(SIGHUP)
            try await server.process.waitForOutput(#""level":"info","message":"a request has ended""#)
        }
    }

    @Test func `on a terminal the log is text`() async throws {
        let directory = try TemporaryDirectory("log")
        let program = try CommandLineProgram.path()
        // script(1) of bsdutils, which every Debian has, gives its command a terminal.
        let command = "exec '\(program)' serve --port 0 --load 1 --set log_requests=true"
        let child = try await ChildProcess.start("script", ["-qefc", command, directory.file("typescript")])
        try await child.waitForOutput("Z  info      a request has ended  request=")
        try await child.waitForOutput("http.request.method=POST  http.response.status_code=200  queue_ms=")
        try await child.terminate()
    }

    @Test func `who does not read the log holds nobody up, and later learns how much is missing`() async throws {
        let directory = try TemporaryDirectory("log")
        let pipe = directory.file("pipe")
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        // The shell keeps the pipe open for reading, and reads nothing of it.
        let script = "exec 3<>\"$1\"; exec \"$2\" serve --port 0 --load 4 --set log_level=trace 2>\"$1\""
        let child = try await ChildProcess.start("sh", ["-c", script, "sh", pipe, try CommandLineProgram.path()])
        let lines = try await child.wait("its URL") { $0.contains { $0.hasPrefix(#"{"url""#) } }
        let url = try #require(lines.first?.split(separator: "\"").last { $0.hasPrefix("http") })
        let server = CommandLineServeTests.Server(process: child, url: String(url))
        // A pipe holds 64 KiB, some hundred lines, and the log keeps a thousand: by now it has been full for long.
        try await server.wait("/pool/stats") { answer in
            answer.text.firstMatch(of: /"connections_reused":(\d+)/).flatMap { Int($0.1) } ?? 0 > 1_000
        }
        let reader = try #require(FileHandle(forReadingAtPath: pipe))
        var text = ""
        while !text.contains(#""message":"lines of the log were dropped","dropped_lines":"#) {
            text += String(decoding: reader.availableData, as: UTF8.self)
        }
        child.signal(SIGTERM)
        #expect(try await child.waitForExit() == 0)
    }
}
