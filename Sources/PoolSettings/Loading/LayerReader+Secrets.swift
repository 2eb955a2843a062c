internal import CurlTransport

extension LayerReader {
    /// Takes the value from where a key says that it is.
    mutating func takeSecret(
        _ option: PoolSettings.Option,
        _ path: String,
        _ node: SettingsNode,
        _ fetch: (String) -> Result<(value: String, place: String), Mismatches>
    ) {
        guard let name = node.string?.trimmed, !name.isEmpty else {
            return report("\(Self.root).\(path)", "must be a string that is not empty", node)
        }
        switch fetch(name) {
        case .success(let (value, place)):
            let origin = PoolSettings.Origin.secret(in: place, namedBy: node.origin)
            let found = SettingsNode(content: .text(value), origin: origin)
            given.append(Given(option: option, name: path, node: found))
        case .failure(let mismatches):
            for mismatch in mismatches.list { report("\(Self.root).\(path)", mismatch.rule, node) }
        }
    }

    static func secretFile(_ path: String) -> Result<(value: String, place: String), Mismatches> {
        do throws(SystemFile.Failure) {
            let bytes = try SystemFile.read(path, limit: 65_536)
            guard let text = String(validating: bytes, as: UTF8.self)?.trimmed, !text.isEmpty else {
                return .wrong("names a file that is empty or no text")
            }
            return .success((text, "file \(path)"))
        } catch {
            return .wrong("names a file that cannot be read: \(error.message.dropFirst(path.count + 2))")
        }
    }
}
