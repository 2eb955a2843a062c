internal import BenchSupport
internal import Glibc
internal import HTTPSessionPool

/// A benchmark client on this package; the contract is in Benchmarks/README.md.
///
/// `--mode loop` runs the callers on the pool's event loop (`SessionPool.onLoop`), `--mode tasks` on the global executor.
@main
struct BenchPool {
    /// Where the callers run.
    enum Mode: String {
        case loop, tasks
    }

    static func main() {
        let begin = ProcessFacts.now
        Task { @concurrent in
            await work(since: begin)
            exit(0)
        }
        // Not an asynchronous main: that one ends in a sigsuspend, of which Debian 12's valgrind dies.
        while true { pause() }
    }

    private static func work(since begin: Int64) async {
        do {
            let options = try BenchOptions(CommandLine.arguments.dropFirst(), own: ["mode"])
            guard let mode = Mode(rawValue: options.own["mode"] ?? "tasks") else {
                throw BenchOptions.Problem(description: "--mode is loop or tasks")
            }
            guard let line = try await run(options, mode, processBegin: begin) else {
                print("bench-pool does not know the workload \(options.command)", to: &standardError)
                exit(3)
            }
            print(line.text)
        } catch {
            print("bench-pool: \(error)", to: &standardError)
            exit(1)
        }
    }

    private static func run(_ options: BenchOptions, _ mode: Mode, processBegin: Int64) async throws -> JSONLine? {
        let client = try PoolClient(options, mode: mode)
        switch options.command {
        case "load": return try await client.load()
        case "cold": return try await client.cold(since: processBegin)
        case "stream": return try await client.stream()
        case "idle": return try await client.idle()
        case "bookkeeping": return try await Bookkeeping(options).measure()
        default: return nil
        }
    }
}
