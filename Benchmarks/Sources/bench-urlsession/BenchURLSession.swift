internal import BenchSupport
internal import Foundation
internal import FoundationNetworking

/// A benchmark client on Foundation's URLSession; the contract is in Benchmarks/README.md.
@main
struct BenchURLSession {
    static func main() async {
        let begin = ProcessFacts.now
        do {
            let options = try BenchOptions(CommandLine.arguments.dropFirst())
            let client = try URLSessionClient(options)
            let line: JSONLine
            switch options.command {
            case "load": line = try await client.load()
            case "stream": line = try await client.stream()
            case "cold": line = try await client.cold(since: begin)
            default:
                FileHandle.standardError.write(Data("bench-urlsession does not know \(options.command)\n".utf8))
                exit(3)
            }
            print(line.text)
        } catch {
            FileHandle.standardError.write(Data("bench-urlsession: \(error)\n".utf8))
            exit(1)
        }
    }
}
