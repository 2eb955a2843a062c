internal import BenchSupport
internal import Foundation

/// A mixed day: chats with three providers at once, half of them streamed, one in a hundred going wrong.
///
/// `--mode pooled` takes the sessions from the process-wide pool, `--mode unpooled` opens a session for every chat and
/// closes it. `--endpoints` is what bench-simulator has printed.
@main
struct BenchProviders {
    static func main() async {
        do {
            let options = try BenchOptions(CommandLine.arguments.dropFirst(), own: ["mode", "endpoints"])
            guard options.command == "mixed" else {
                FileHandle.standardError.write(Data("bench-providers does not know \(options.command)\n".utf8))
                exit(3)
            }
            guard let mode = MixedDay.Mode(rawValue: options.own["mode"] ?? "pooled") else {
                throw BenchOptions.Problem(description: "--mode is pooled or unpooled")
            }
            let day = try MixedDay(options, mode: mode, endpoints: options.own["endpoints"] ?? "")
            print(try await day.run().text)
        } catch {
            FileHandle.standardError.write(Data("bench-providers: \(error)\n".utf8))
            exit(1)
        }
    }
}
