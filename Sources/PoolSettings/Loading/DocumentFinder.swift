internal import CurlTransport
internal import Glibc

/// Finds and reads the documents that settings stand in.
struct DocumentFinder {
    /// A document before it is parsed.
    struct Document {
        /// Whether it is JSON, and where it is; TOML otherwise.
        let isJSON: Bool
        let place: JSONReader.Place
        let bytes: [UInt8]

        /// The file, unless the document stands in a variable.
        var file: String? {
            if case .file(let path) = place { path } else { nil }
        }

        /// The root of the document.
        func parse() throws(SyntaxError) -> SettingsNode {
            if case .file(let path) = place, !isJSON { return try TOMLReader(file: path).read(bytes) }
            return try JSONReader.read(bytes, at: place)
        }
    }

    /// A file that cannot be read.
    struct Failure: Error {
        let issue: PoolSettings.Issue
    }

    /// More than any settings need; what is longer is another file, given by mistake.
    private static let limit = 1_048_576

    /// Names the TOML file.
    static let fileVariable = "POOL_CONFIG_FILE"
    /// Names the JSON file, or holds the document itself.
    static let jsonVariable = "POOL_CONFIG_JSON"

    let environment: [String: String]
    let directory: String

    /// The document of the TOML slot, if there is one.
    func file(_ file: PoolSettings.Sources.File) -> Result<Document?, Failure> {
        switch file {
        case .none: return .success(nil)
        case .path(let path): return read(path, namedBy: nil)
        case .discovered:
            if let path = value(Self.fileVariable) {
                guard Self.isPath(path) else { return .failure(Self.noPath(Self.fileVariable)) }
                return read(path, namedBy: Self.fileVariable)
            }
            for path in searched {
                // A file that is there and cannot be read is a mistake, not a reason to look further.
                switch read(path, namedBy: nil, mayBeMissing: true) {
                case .success(nil): continue
                case let found: return found
                }
            }
            return .success(nil)
        }
    }

    /// The document of the JSON slot, if there is one.
    func json(_ file: PoolSettings.Sources.File) -> Result<Document?, Failure> {
        switch file {
        case .none: return .success(nil)
        case .path(let path): return read(path, namedBy: nil, isJSON: true)
        case .discovered:
            let name = Self.jsonVariable
            guard var text = value(name) else { return .success(nil) }
            if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
            guard !text.hasPrefix("{") else {
                return .success(Document(isJSON: true, place: .variable(name), bytes: Array(text.utf8)))
            }
            guard Self.isPath(text) else { return .failure(Self.noPath(name)) }
            return read(text, namedBy: name, isJSON: true)
        }
    }

    /// The files that are looked for, in this order.
    var searched: [String] {
        let names = [".ccproxy.toml", "ccproxy.toml", "session-pool.toml"]
        let home = value("XDG_CONFIG_HOME") ?? value("HOME").map { $0 + "/.config" }
        return names.map { "\(directory)/\($0)" } + (home.map { ["\($0)/session-pool/config.toml"] } ?? [])
    }

    /// Whether a text may be the path of a file.
    ///
    /// A document in quotes, as `docker --env-file` makes of `X='{...}'`, is none, and may hold passwords.
    private static func isPath(_ text: String) -> Bool {
        text.utf8.count < 4_096 && !text.contains("://") && !text.contains { "{}\n\r\r\n\0".contains($0) }
    }

    /// Whether a path looks like nothing else, so that an error may show it.
    private static func mayBeShown(_ path: String) -> Bool { !path.contains { "\"'=@".contains($0) } }

    private static func noPath(_ variable: String) -> Failure {
        Failure(
            issue: PoolSettings.Issue(
                path: variable,
                rule: "is neither a file's path nor a document that begins with \"{\"",
                hint: "write the document without quotes around it",
                origin: .variable(variable)
            )
        )
    }

    private func value(_ name: String) -> String? {
        environment[name].map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func read(
        _ path: String,
        namedBy variable: String?,
        isJSON: Bool = false,
        mayBeMissing: Bool = false
    ) -> Result<Document?, Failure> {
        do throws(SystemFile.Failure) {
            let bytes = try SystemFile.read(path, limit: Self.limit)
            let isJSON = isJSON || path.lowercased().hasSuffix(".json")
            return .success(Document(isJSON: isJSON, place: .file(path), bytes: bytes))
        } catch {
            if mayBeMissing, error.code == ENOENT || error.code == ENOTDIR { return .success(nil) }
            return .failure(
                Failure(
                    issue: PoolSettings.Issue(
                        path: variable == nil || Self.mayBeShown(path) ? path : "the file that it names",
                        rule: "cannot be read: \(error.message.dropFirst(path.count + 2))",
                        origin: variable.map { .variable($0) }
                    )
                )
            )
        }
    }
}
