/// What YandexGPT's native interface sends; only the fields that are used.
///
/// Fields with the value zero or without content may be missing, as protobuf's JSON form allows.
enum YandexGPTWire {
    /// An answer, with or without the wrapper that streamed methods have.
    struct Envelope: Decodable {
        var completion: Completion
        var error: JSONValue?

        enum CodingKeys: String, CodingKey {
            case result, error
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            error = try container.decodeIfPresent(JSONValue.self, forKey: .error)
            if let error, !error.isNull {
                completion = Completion()
            } else {
                completion =
                    try container.decodeIfPresent(Completion.self, forKey: .result) ?? Completion(from: decoder)
            }
        }

        /// The error that came in place of an answer; gateways also write the status of gRPC without a wrapper.
        func failure(_ failures: FailureReader, _ bytes: [UInt8], requestID: String?) -> ProviderError? {
            let hasError = error.map { !$0.isNull } ?? false
            guard hasError || completion.alternatives == nil, let json = JSONValue(parsing: bytes),
                let body = failures.error(in: json)
            else { return nil }
            return failures.failure(body, status: nil, requestID: requestID)
        }
    }

    /// An answer.
    struct Completion: Decodable {
        var alternatives: WireList<Alternative>?
        var usage: Lenient<Usage>?
        var modelVersion: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case alternatives, usage, modelVersion
            case plainModelVersion = "model_version"
        }

        init() {}

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            alternatives = try container.decodeIfPresent(WireList<Alternative>.self, forKey: .alternatives)
            usage = try container.decodeIfPresent(Lenient<Usage>.self, forKey: .usage)
            modelVersion =
                try container.decodeIfPresent(String.self, forKey: .modelVersion)
                ?? container.decodeIfPresent(String.self, forKey: .plainModelVersion)
        }
    }

    /// One of the answers; only the first is asked for.
    struct Alternative: Decodable {
        var message: Message?
        var status: Status?
    }

    /// How far an answer is: a name, or the number of it that gRPC has.
    struct Status: Decodable, Hashable {
        private let name: String

        private static let names = [
            "UNSPECIFIED", "PARTIAL", "TRUNCATED_FINAL", "FINAL", "CONTENT_FILTER", "TOOL_CALLS",
        ]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                name = Self.names.indices.contains(number) ? Self.names[number] : ""
            } else {
                let text = try container.decode(String.self)
                name = text.hasPrefix("ALTERNATIVE_STATUS_") ? String(text.dropFirst(19)) : text
            }
        }

        /// Why the model stopped; `nil` while it goes on.
        var finishReason: FinishReason? {
            switch name {
            case "FINAL": .stop
            case "TRUNCATED_FINAL": .length
            case "CONTENT_FILTER": .contentFilter
            case "TOOL_CALLS": .toolCalls
            default: nil
            }
        }
    }

    /// A message: a text, or calls.
    struct Message: Decodable {
        struct ToolCallList: Decodable {
            var toolCalls: WireList<ToolCall>?

            enum CodingKeys: String, CodingKey {
                case toolCalls
                case plainToolCalls = "tool_calls"
            }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                toolCalls =
                    try container.decodeIfPresent(WireList<ToolCall>.self, forKey: .toolCalls)
                    ?? container.decodeIfPresent(WireList<ToolCall>.self, forKey: .plainToolCalls)
            }
        }

        struct ToolCall: Decodable {
            struct FunctionCall: Decodable {
                var name: String
                var arguments: JSONValue?
            }

            enum CodingKeys: String, CodingKey {
                case functionCall
                case plainFunctionCall = "function_call"
            }

            var functionCall: FunctionCall?

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                functionCall =
                    try container.decodeIfPresent(FunctionCall.self, forKey: .functionCall)
                    ?? container.decodeIfPresent(FunctionCall.self, forKey: .plainFunctionCall)
            }
        }

        enum CodingKeys: String, CodingKey {
            case text, toolCallList
            case plainToolCallList = "tool_call_list"
        }

        var text: String?
        var toolCallList: ToolCallList?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            text = try container.decodeIfPresent(String.self, forKey: .text)
            toolCallList =
                try container.decodeIfPresent(ToolCallList.self, forKey: .toolCallList)
                ?? container.decodeIfPresent(ToolCallList.self, forKey: .plainToolCallList)
        }

        /// The calls in common terms.
        ///
        /// There are no ids.
        var toolCalls: [AIProviders.ToolCall] {
            (toolCallList?.toolCalls?.elements ?? []).compactMap(\.functionCall).map {
                AIProviders.ToolCall(name: $0.name, argumentsText: $0.arguments?.argumentsText ?? "{}")
            }
        }
    }

    /// What it cost.
    struct Usage: Decodable {
        struct Details: Decodable {
            var reasoningTokens: WireCount?
        }

        var inputTextTokens: WireCount?
        var completionTokens: WireCount?
        var totalTokens: WireCount?
        var completionTokensDetails: Lenient<Details>?

        /// The count in common terms.
        var common: AIProviders.Usage? {
            AIProviders.Usage(
                prompt: inputTextTokens,
                completion: completionTokens,
                total: totalTokens,
                reasoning: completionTokensDetails?.value?.reasoningTokens
            )
        }
    }

    /// The answer to `tokenize` and `tokenizeCompletion`.
    struct Tokens: Decodable {
        struct Token: Decodable {
            var id: WireInteger?
            var text: String?
            var special: Bool?
        }

        var tokens: [Token]?
        var modelVersion: String?
    }

    /// The answer to `textEmbedding`.
    struct Embedding: Decodable {
        var embedding: [Double]
        var numTokens: WireInteger?
    }

    /// An asynchronous operation.
    struct Operation: Decodable {
        var id: String
        var description: String?
        var createdAt: String?
        var done: Bool?
        var response: Completion?
        var error: JSONValue?
    }

    /// The answer to an exchange of credentials.
    struct IAMToken: Decodable {
        var iamToken: String
        var expiresAt: String?
    }

    /// The answer of the metadata service.
    struct MetadataToken: Decodable {
        var accessToken: String
        var expiresIn: WireInteger?

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case expiresIn = "expires_in"
        }
    }
}

extension YandexGPTWire.Completion {
    /// The whole answer; `nil` when there is none in it.
    func answer(requestID: String?) -> ChatResponse? {
        guard let alternative = alternatives?.elements.first else { return nil }
        var answer = ChatResponse()
        answer.text = alternative.message?.text ?? ""
        answer.toolCalls = alternative.message?.toolCalls ?? []
        answer.finishReason = alternative.status?.finishReason
        answer.usage = usage?.value?.common
        answer.model = modelVersion
        answer.requestID = requestID
        return answer
    }
}
