/// Which service an answer or an error came from.
public struct Provider: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The provider's name as it is printed and used in metric labels.
    public let rawValue: String

    /// Names a provider that this package does not know.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// GigaChat by Sber.
    public static let gigaChat = Provider(rawValue: "gigachat")
    /// YandexGPT, through its native REST interface.
    public static let yandexGPT = Provider(rawValue: "yandexgpt")
    /// 1C:Naparnik.
    public static let naparnik = Provider(rawValue: "naparnik")
    /// OpenAI itself, and anything that speaks its format and was given no other name.
    public static let openAI = Provider(rawValue: "openai")

    /// The provider's name.
    public var description: String { rawValue }
}
