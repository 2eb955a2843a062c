internal import HTTPSessionPool

extension OpenAICompatibleConfiguration {
    /// Reads the variables of OpenAI's own clients.
    ///
    /// `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`, and `OPENAI_MODEL` for the model. The key may
    /// be missing when the base URL is another than OpenAI's: local servers often have none.
    ///
    /// - Parameters:
    ///   - environment: The variables; the process's own by default.
    ///   - defaults: Sets what the variables count over; nothing by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing.
    public static func fromEnvironment(
        _ environment: [String: String] = ProcessEnvironment.current,
        over defaults: (inout OpenAICompatibleConfiguration) -> Void = { _ in }
    ) throws(ProviderError) -> OpenAICompatibleConfiguration {
        let reader = EnvironmentReader(environment, .openAI)
        let key = reader.secret("OPENAI_API_KEY")
        let url = reader.string("OPENAI_BASE_URL")
        var configuration: OpenAICompatibleConfiguration
        if let url {
            configuration = OpenAICompatibleConfiguration(baseURL: url, apiKey: key)
        } else if let key {
            configuration = .openAI(apiKey: key)
        } else {
            throw reader.missing("The key", "OPENAI_API_KEY", "OPENAI_BASE_URL of a server without keys")
        }
        defaults(&configuration)
        if let url { configuration.baseURL = url }
        if let model = reader.string("OPENAI_MODEL") { configuration.model = model }
        if let id = reader.string("OPENAI_ORG_ID") { configuration.organization = id }
        if let id = reader.string("OPENAI_PROJECT_ID") { configuration.project = id }
        return configuration
    }
}
