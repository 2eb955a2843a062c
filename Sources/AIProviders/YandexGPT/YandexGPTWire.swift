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
    }

    /// An answer.
    struct Completion: Decodable {
        var alternatives: [Alternative]?
        var usage: Usage?
        var modelVersion: String?
    }

    /// One of the answers; only the first is asked for.
    struct Alternative: Decodable {
        var message: Message?
        var status: Status?
    }

    /// How far an answer is.
    struct Status: RawRepresentable, Decodable, Hashable {
        let rawValue: String

        /// Why the model stopped; `nil` while it goes on.
        var finishReason: FinishReason? {
            switch rawValue {
            case "ALTERNATIVE_STATUS_FINAL": .stop
            case "ALTERNATIVE_STATUS_TRUNCATED_FINAL": .length
            case "ALTERNATIVE_STATUS_CONTENT_FILTER": .contentFilter
            case "ALTERNATIVE_STATUS_TOOL_CALLS": .toolCalls
            default: nil
            }
        }
    }

    /// A message: a text, or calls.
    struct Message: Decodable {
        struct ToolCallList: Decodable {
            var toolCalls: [ToolCall]?
        }

        struct ToolCall: Decodable {
            struct FunctionCall: Decodable {
                var name: String
                var arguments: JSONValue?
            }

            var functionCall: FunctionCall?
        }

        var text: String?
        var toolCallList: ToolCallList?

        /// The calls in common terms.
        ///
        /// There are no ids.
        var toolCalls: [AIProviders.ToolCall] {
            (toolCallList?.toolCalls ?? []).compactMap(\.functionCall).map {
                AIProviders.ToolCall(name: $0.name, arguments: $0.arguments ?? [:])
            }
        }
    }

    /// What it cost.
    struct Usage: Decodable {
        struct Details: Decodable {
            var reasoningTokens: WireInteger?
        }

        var inputTextTokens: WireInteger?
        var completionTokens: WireInteger?
        var totalTokens: WireInteger?
        var completionTokensDetails: Details?

        /// The count in common terms.
        var common: AIProviders.Usage {
            let input = inputTextTokens?.value ?? 0
            let completion = completionTokens?.value ?? 0
            return AIProviders.Usage(
                promptTokens: input,
                completionTokens: completion,
                totalTokens: totalTokens?.value ?? input + completion,
                reasoningTokens: completionTokensDetails?.reasoningTokens?.value
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
        guard let alternative = alternatives?.first else { return nil }
        var answer = ChatResponse()
        answer.text = alternative.message?.text ?? ""
        answer.toolCalls = alternative.message?.toolCalls ?? []
        answer.finishReason = alternative.status?.finishReason
        answer.usage = usage?.common
        answer.model = modelVersion
        answer.requestID = requestID
        return answer
    }
}
