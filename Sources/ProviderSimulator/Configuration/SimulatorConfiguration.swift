/// Everything a simulator can be told at its start.
///
/// The defaults make four well-behaved providers on free ports, without TLS. What should go wrong is said by
/// ``faults``, which ``ProviderSimulator/updateFaults(_:)`` replaces at run time; the sections hold the switches of
/// each provider's protocol.
public struct SimulatorConfiguration: Sendable {
    /// The first of four consecutive ports: GigaChat, YandexGPT, Naparnik, OpenAI-compatible; 0 takes free ones.
    public var port: UInt16 = 0
    /// TLS for all four; nil for plain HTTP.
    public var tls: SimulatorTLS?
    /// The host that the endpoints name; the servers always listen on 127.0.0.1 alone.
    public var host = "127.0.0.1"
    /// Server threads per provider; 1 by default, which holds thousands of streams since a wait takes no thread.
    public var threadsPerProvider = 1
    /// Seconds after which the server closes an idle connection; 0 for never.
    public var idleTimeoutSeconds = 0
    /// The longest request body, in bytes, 64 MiB by default; longer ones are answered with 413.
    public var bodyLimit = 64 << 20
    /// Identifiers and tokens depend on it; the same seed gives the same sequence.
    public var seed: UInt64 = 1
    /// What the models answer, and how fast, where a provider's section says nothing else.
    public var answer = SimulatorAnswer()
    /// What goes wrong; the first rule that matches a request decides.
    public var faults: [SimulatorFaultRule] = []
    /// GigaChat's switches.
    public var gigachat = GigaChat()
    /// YandexGPT's switches.
    public var yandexgpt = YandexGPT()
    /// 1C:Naparnik's switches.
    public var naparnik = Naparnik()
    /// The OpenAI-compatible provider's switches.
    public var openai = OpenAI()

    /// Creates the default configuration.
    public init() {}

    /// Throws unless every value is in its range.
    func validate() throws(SimulatorError) {
        func require(_ isValid: Bool, _ message: String) throws(SimulatorError) {
            guard isValid else { throw SimulatorError(.invalidConfiguration, message) }
        }
        try require(port <= 65_532, "port is \(port): four consecutive ports must fit below 65536, use at most 65532")
        try require((1...64).contains(threadsPerProvider), "threadsPerProvider is \(threadsPerProvider): use 1...64")
        try require(idleTimeoutSeconds >= 0, "idleTimeoutSeconds is \(idleTimeoutSeconds): use 0 or more")
        try require(bodyLimit > 0, "bodyLimit is \(bodyLimit): use 1 or more bytes")
        for answer in [answer, gigachat.answer, yandexgpt.answer, naparnik.answer, openai.answer].compactMap(\.self) {
            try require(answer.chunks > 0, "an answer's chunks is \(answer.chunks): use 1 or more")
        }
        for status in faults.compactMap(\.faults.failure?.status) {
            try require((200...599).contains(status), "a failure's status is \(status): use 200...599")
        }
    }
}
