/// A model URI, `gpt://<folder>/<name>[/<branch>][@<tuning>]`.
struct YandexModel: Hashable, Sendable {
    var scheme: String
    var folder: String
    var name: String
    /// The branch: `latest`, `rc`, `deprecated` or a date.
    var branch: String

    init?(_ uri: String) {
        let halves = uri.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        scheme = String(halves[0])
        let path = halves[1].prefix { $0 != "@" }.split(separator: "/", omittingEmptySubsequences: false)
        guard ["gpt", "emb", "cls"].contains(scheme), (2...3).contains(path.count), !path.contains("") else {
            return nil
        }
        folder = String(path[0])
        name = String(path[1])
        branch = path.count == 3 ? String(path[2]) : "latest"
    }

    private static let families = ["yandexgpt", "qwen", "gpt-oss", "gemma", "llama", "aliceai", "deepseek"]

    /// Whether a model of that name exists.
    var exists: Bool {
        switch scheme {
        case "gpt": Self.families.contains { name.hasPrefix($0) }
        case "emb": name.hasPrefix("text-search-")
        default: true
        }
    }

    /// What the OpenAI-compatible endpoint lists.
    static func listed(folder: String) -> [String] {
        [
            "gpt://\(folder)/yandexgpt/latest", "gpt://\(folder)/yandexgpt-lite/latest",
            "gpt://\(folder)/qwen3-235b-a22b-fp8/latest", "gpt://\(folder)/gpt-oss-120b/latest",
            "gpt://\(folder)/gemma-3-27b-it/latest", "emb://\(folder)/text-search-doc/latest",
            "emb://\(folder)/text-search-query/latest",
        ]
    }
}
