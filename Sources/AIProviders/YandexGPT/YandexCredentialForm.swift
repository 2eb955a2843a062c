/// What a bare credential string is, by its form.
///
/// The rules are those of the provider's SDK: `t` and a digit and a dot begin an IAM token, `y` and a digit from 0 to 3 and
/// an underscore an OAuth token; anything else is an API key.
enum YandexCredentialForm: Sendable, Hashable {
    case iamToken(Secret)
    case oauthToken(Secret)
    case apiKey(Secret)

    init(of value: String) {
        let value = value.trimmingWhitespace
        let start = Array(value.utf8.prefix(3))
        guard start.count == 3 else {
            self = .apiKey(Secret(value))
            return
        }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let accounts = UInt8(ascii: "0")...UInt8(ascii: "3")
        if start[0] == UInt8(ascii: "t"), digits.contains(start[1]), start[2] == UInt8(ascii: ".") {
            self = .iamToken(Secret(value))
        } else if start[0] == UInt8(ascii: "y"), accounts.contains(start[1]), start[2] == UInt8(ascii: "_") {
            self = .oauthToken(Secret(value))
        } else {
            self = .apiKey(Secret(value))
        }
    }

    /// The credentials for a configuration.
    var credentials: YandexGPTConfiguration.Credentials {
        switch self {
        case .iamToken(let token): .iamToken(token)
        case .oauthToken(let token): .oauthToken(token)
        case .apiKey(let key): .apiKey(key)
        }
    }
}
