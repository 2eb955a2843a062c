/// Makes a server's words fit for an error: bounded, on one line, without anything that looks like a credential.
struct Redactor: Sendable {
    private let secrets: [Secret]

    /// The longest text that is kept.
    static let limit = 500

    /// Makes a redactor that also removes the given values wherever they occur.
    init(secrets: [Secret] = []) {
        // A very short value would tear ordinary words apart, and is no credential.
        self.secrets = secrets.filter { $0.reveal().utf8.count >= 6 }
    }

    /// The text without secrets, control characters and excess length.
    func clean(_ text: String) -> String {
        var text = text
        for secret in secrets.map({ $0.reveal() }) where text.contains(secret) {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        }
        var result = ""
        var word = ""
        var hidesNext = false
        func flush() {
            guard !word.isEmpty else { return }
            if hidesNext {
                result += "***"
                hidesNext = false
            } else {
                result += Self.looksSecret(word) ? "***" : word
                hidesNext = Self.schemes.contains(word.lowercased())
            }
            word = ""
        }
        for scalar in text.unicodeScalars.prefix(4 * Self.limit) {
            if Self.isWordScalar(scalar) {
                word.unicodeScalars.append(scalar)
                continue
            }
            flush()
            result.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        flush()
        return result.count > Self.limit ? String(result.prefix(Self.limit)) + "…" : result
    }

    private static let schemes: Set<String> = ["bearer", "basic", "api-key"]
    private static let prefixes = ["sk-", "t1.", "y0_", "y1_", "y2_", "y3_", "eyJ", "AQVN"]

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "+", "=": true
        default: false
        }
    }

    /// Whether a word is a credential by its form: a known beginning, or long and made of letters and digits.
    ///
    /// UUIDs are kept: they name requests, and support asks for them.
    private static func looksSecret(_ word: String) -> Bool {
        if prefixes.contains(where: { word.hasPrefix($0) && word.utf8.count >= 12 }) { return true }
        guard word.utf8.count >= 32, !isUUID(word), !isPath(word) else { return false }
        return word.contains { $0.isNumber } && word.contains { $0.isLetter }
    }

    /// The name of a field in a document, such as `choices.0.delta.tool_calls.0.index`: words and numbers, none of them long.
    private static func isPath(_ word: String) -> Bool {
        let parts = word.split { $0 == "." || $0 == "_" }
        return word.contains(".") && parts.count > 2
            && parts.allSatisfy { part in
                part.utf8.count <= 16 && (part.allSatisfy(\.isLetter) || part.allSatisfy(\.isNumber))
            }
    }

    private static func isUUID(_ word: String) -> Bool {
        word.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count) == [8, 4, 4, 4, 12]
            && word.allSatisfy { $0.isHexDigit || $0 == "-" }
    }
}
