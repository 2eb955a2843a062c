extension OpenAIWire.Completion {
    /// The error that came in place of an answer, or in the middle of one; `nil` when there is none.
    ///
    /// An error beside a choice counts when it says something; without a choice, in any of the forms that ``ErrorBody`` knows.
    func failure(_ failures: FailureReader, _ bytes: [UInt8], requestID: String?) -> ProviderError? {
        for part in parts {
            if let error = part.failure(failures, requestID: requestID) { return error }
        }
        let hasError = error.map { !$0.isNull } ?? false
        let hasAnswer = parts.contains(where: \.isAnswer)
        guard hasError || (!hasAnswer && cost == nil) else { return nil }
        guard let json = JSONValue(parsing: bytes), let body = failures.error(in: json) else { return nil }
        if hasAnswer, body.isEmpty { return nil }
        return failures.failure(body, status: nil, requestID: requestID)
    }
}

extension OpenAIWire.Choice {
    /// The error of this choice: OpenRouter writes it there, with the reason `error`, and the answer is void.
    fileprivate func failure(_ failures: FailureReader, requestID: String?) -> ProviderError? {
        let body = error.flatMap { $0.isNull || $0 == false ? nil : ErrorBody(["error": $0]) }
        if let body, !body.isEmpty { return failures.failure(body, status: nil, requestID: requestID) }
        guard reason == "error" else { return nil }
        return failures.failure(
            ErrorBody(["message": "The server broke off in the middle of the answer (finish_reason is error)."]),
            status: nil,
            requestID: requestID
        )
    }
}
