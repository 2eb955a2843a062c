extension PoolSettings {
    /// Where a value comes from.
    public enum Origin: Sendable, Hashable {
        /// Nobody gave one.
        case builtIn
        /// A preset.
        case preset(Preset)
        /// A place in a TOML file.
        case toml(file: String, line: Int, column: Int)
        /// A place in a JSON file, and its path in the document.
        case json(file: String, line: Int, column: Int, path: String)
        /// An environment variable; with JSON in it, the path in that.
        case variable(String, path: String? = nil)
        /// The program itself.
        case code
        /// An option of the command line.
        case option(String)
        /// A file or variable that holds a secret, and what named it.
        indirect case secret(in: String, namedBy: Origin)
    }
}

extension PoolSettings.Origin: CustomStringConvertible {
    /// The origin as it stands in messages, such as `./ccproxy.toml:7:1` or `env POOL_SETTINGS__MAX_SIZE`.
    public var description: String {
        switch self {
        case .builtIn: "default"
        case .preset(let preset): "preset \(preset.rawValue)"
        case .toml(let file, let line, let column): "\(file):\(line):\(column)"
        case .json(let file, let line, let column, let path): "\(file):\(line):\(column) \(path)"
        case .variable(let name, let path): "env \(name)" + (path.map { " " + $0 } ?? "")
        case .code: "code"
        case .option(let name): "option \(name)"
        case .secret(let place, let origin): "\(place), named by \(origin)"
        }
    }

    /// Whether the value stands in a file that people share, where no secret belongs.
    var isFile: Bool {
        switch self {
        case .toml, .json: true
        default: false
        }
    }

    /// Whether the value comes from the environment alone.
    var isEnvironment: Bool {
        switch self {
        case .variable: true
        case .secret(_, let origin): origin.isEnvironment
        default: false
        }
    }

    /// Line and column, if the value stands in a file.
    var place: (line: Int, column: Int) {
        switch self {
        case .toml(_, let line, let column), .json(_, let line, let column, _): (line, column)
        case .secret(_, let origin): origin.place
        default: (0, 0)
        }
    }

    /// How strong the origin is: of two values the one with the higher rank counts.
    var rank: Int {
        switch self {
        case .builtIn: 0
        case .preset: 1
        case .toml: 2
        case .json: 3
        // A document in a variable is a document.
        case .variable(let name, _): name == DocumentFinder.jsonVariable ? 3 : 4
        case .code: 5
        case .option: 6
        case .secret(_, let origin): origin.rank
        }
    }
}
