/// How a provider's dialect of the OpenAI format differs from the others.
struct OpenAIDialect: Hashable, Sendable {
    /// How calls of functions are streamed.
    enum ToolCallStyle: Hashable, Sendable {
        /// Name first, then the arguments in pieces.
        case fragments
        /// Everything in one chunk.
        case whole
        /// As `fragments`, but a continuation repeats id, type and name as empty strings; the first chunk's type may
        /// be empty too.
        case emptyStrings(firstType: String)
    }

    /// When a stream tells its usage.
    enum UsageStyle: Hashable, Sendable {
        /// In one more chunk without choices, if the request asks for it.
        case onRequest
        /// In one more chunk without choices, always.
        case always
        /// Never.
        case never
        /// In the chunk with the finish reason, always.
        case withFinish
    }

    var toolCallStyle = ToolCallStyle.fragments
    var usageStyle = UsageStyle.onRequest
    /// A call's id is the function's name.
    var usesNameAsCallID = false
    /// A chunk of its own brings the role; otherwise the first chunk of text does.
    var hasRoleChunk = true
    /// Chunks before the last say `"finish_reason":null`.
    var writesNullFinish = true
    /// Whole answers end with a line feed.
    var endsWithLineFeed = false
    /// Calls carry their index in whole answers too.
    var indexesWholeCalls = false
    /// A message with calls has null as its content, not an empty text.
    var writesNullContent = false
    /// The field of the reasoning text.
    var reasoningField: String? = "reasoning_content"
    /// Identifiers begin so.
    var idPrefix = "chatcmpl-"

    /// OpenAI's own: no text of the reasoning.
    static let openAI: OpenAIDialect = {
        var dialect = OpenAIDialect()
        dialect.writesNullContent = true
        dialect.reasoningField = nil
        return dialect
    }()
}
