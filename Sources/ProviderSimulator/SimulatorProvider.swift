/// A provider whose wire protocol the simulator speaks; each has an origin of its own.
public enum SimulatorProvider: String, CaseIterable, Codable, Sendable {
    /// GigaChat: OAuth, chat v1 and v2, models, embeddings, token count, balance, files.
    case gigachat
    /// YandexGPT: the native API, operations, IAM and the OpenAI-compatible endpoint.
    case yandexgpt
    /// 1C:Naparnik: conversations with tool rounds, and the plain completion form.
    case naparnik
    /// Any provider that speaks the OpenAI format.
    case openai
}
