internal import HTTPSessionPool

extension NaparnikClient {
    /// The answers of ``NaparnikConfiguration/API/completions``: OpenAI's shape, or a text in one of two places.
    private struct TextAnswer: Decodable {
        struct Result: Decodable {
            var text: String?
            var message: String?
            var usage: Lenient<OpenAIWire.Usage>?
        }

        var result: Result?
        var text: String?
        var usage: Lenient<OpenAIWire.Usage>?
    }

    private var completions: OpenAIRequestEncoder {
        var common = OpenAICompatibleConfiguration(baseURL: configuration.baseURL, model: configuration.model)
        common.provider = .naparnik
        return OpenAIRequestEncoder(configuration: common)
    }

    /// The HTTP request for a chat in OpenAI's format.
    func completion(_ chat: ChatRequest, stream: Bool) throws(ProviderError) -> Request {
        var request = try post("/chat/completions", body: try completions.chat(chat, stream: stream))
        if stream { request.headers["Accept"] = "text/event-stream" }
        request.headers.set(chat.headers)
        request.timeouts = chat.timeouts
        return request
    }

    /// Asks in OpenAI's format and waits for the answer.
    func complete(_ chat: ChatRequest, on session: Session?) async throws(ProviderError) -> ChatResponse {
        let request = try completion(chat, stream: false)
        return try answer(try await channel.send(request, on: session, missing: .modelNotFound))
    }

    /// Asks in OpenAI's format for a stream.
    func openCompletion(_ chat: ChatRequest, on session: Session?) async throws(ProviderError) -> any DeltaSource {
        let request = try completion(chat, stream: true)
        let response = try await channel.open(request, on: session, missing: .modelNotFound)
        let requestID = channel.failures.requestID(in: response.headers)
        let decoder = OpenAIStreamDecoder(failures: channel.failures, requestID: requestID)
        return try await channel.source(response, decoder: decoder, answer: answer)
    }

    /// The answer in a whole response of any of the three shapes.
    func answer(_ response: Response) throws(ProviderError) -> ChatResponse {
        // The shapes share no field, so a body that has a text in either place is not of OpenAI's shape.
        let other = try? WireJSON.decode(TextAnswer.self, from: response.body)
        guard let other, let text = other.result?.text ?? other.result?.message ?? other.text else {
            return try OpenAICompatibleClient.answer(response, channel)
        }
        var answer = ChatResponse()
        answer.text = text
        answer.finishReason = .stop
        answer.usage = (other.result?.usage ?? other.usage)?.value?.common
        answer.requestID = channel.failures.requestID(in: response.headers)
        return answer
    }
}
