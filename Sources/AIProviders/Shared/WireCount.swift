/// A count of tokens as a provider wrote it; reading it never fails.
///
/// What no request can cost is no count: a negative number, one beyond what every JSON reader keeps exactly (2^53), or
/// something that is no whole number. A provider that miscounts must not cost the answer, still less the process.
struct WireCount: Decodable, Hashable, Sendable {
    /// The count; `nil` when it cannot be one.
    let value: Int?

    private static let possible = 0...(1 << 53)

    /// Reads a count.
    init(from decoder: any Decoder) {
        self.init((try? WireInteger(from: decoder))?.value)
    }

    /// Judges a number.
    init(_ number: Int?) {
        value = number.flatMap { Self.possible.contains($0) ? $0 : nil }
    }

    /// Judges a number that was parsed already; `nil` when there is none.
    init?(_ json: JSONValue?) {
        guard let json, !json.isNull else { return nil }
        self.init((json.integer ?? json.string.flatMap { Int64($0) }).flatMap { Int(exactly: $0) })
    }
}

extension Usage {
    /// Puts counts together; `nil` when one of the three that matter cannot be a count.
    ///
    /// What a provider leaves out is 0, and the total is then the sum, which cannot overflow: see ``WireCount``.
    init?(
        prompt: WireCount?,
        completion: WireCount?,
        total: WireCount?,
        cached: WireCount? = nil,
        reasoning: WireCount? = nil
    ) {
        let none = WireCount(0)
        guard let prompt = (prompt ?? none).value, let completion = (completion ?? none).value else { return nil }
        guard let total = (total ?? WireCount(prompt + completion)).value else { return nil }
        self.init(
            promptTokens: prompt,
            completionTokens: completion,
            totalTokens: total,
            cachedPromptTokens: cached?.value,
            reasoningTokens: reasoning?.value
        )
    }
}
