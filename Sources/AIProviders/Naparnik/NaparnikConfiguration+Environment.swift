internal import HTTPSessionPool

extension NaparnikConfiguration {
    /// Reads the variables of the clients that people run.
    ///
    /// The token: `ONEC_AI_TOKEN`, the file named by `ONEC_AI_TOKEN_FILE`, or `NAPARNIK_TOKEN`. Further, with the prefix
    /// `ONEC_AI_`: `BASE_URL`, `AUTH_FORMAT` (`plain` or `bearer`), `SKILL_NAME`, `UI_LANGUAGE`, `PROGRAMMING_LANGUAGE`,
    /// `SCRIPT_LANGUAGE`, `INPUT_MAX_LENGTH`, `TIMEOUT` in seconds. With `NAPARNIK_API_KEY` instead of a token the
    /// completions interface is spoken, and `NAPARNIK_API_URL`, `NAPARNIK_MODEL`, `NAPARNIK_VERIFY_SSL` and
    /// `NAPARNIK_TIMEOUT_SECONDS` are read.
    ///
    /// - Parameters:
    ///   - environment: The variables; the process's own by default.
    ///   - defaults: Sets what the variables count over; nothing by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing or wrong.
    public static func fromEnvironment(
        _ environment: [String: String] = ProcessEnvironment.current,
        over defaults: (inout NaparnikConfiguration) -> Void = { _ in }
    ) throws(ProviderError) -> NaparnikConfiguration {
        let reader = EnvironmentReader(environment, .naparnik)
        let file = try reader.file("ONEC_AI_TOKEN_FILE").map { Secret($0) }
        if let token = reader.secret("ONEC_AI_TOKEN") ?? file ?? reader.secret("NAPARNIK_TOKEN") {
            return try conversations(token, reader, over: defaults)
        }
        guard let key = reader.secret("NAPARNIK_API_KEY") else {
            throw reader.missing(
                "The token",
                "ONEC_AI_TOKEN",
                "ONEC_AI_TOKEN_FILE",
                "NAPARNIK_TOKEN",
                "NAPARNIK_API_KEY"
            )
        }
        var configuration = NaparnikConfiguration(token: key, api: .completions)
        defaults(&configuration)
        if let url = reader.string("NAPARNIK_API_URL") { configuration.baseURL = url }
        if let model = reader.string("NAPARNIK_MODEL") { configuration.model = model }
        configuration.session.apply(timeout: try reader.seconds("NAPARNIK_TIMEOUT_SECONDS"))
        configuration.session.apply(verifiesTLS: try reader.bool("NAPARNIK_VERIFY_SSL"))
        return configuration
    }

    private static func conversations(
        _ token: Secret,
        _ reader: EnvironmentReader,
        over defaults: (inout NaparnikConfiguration) -> Void
    ) throws(ProviderError) -> NaparnikConfiguration {
        var configuration = NaparnikConfiguration(token: token)
        defaults(&configuration)
        if let url = reader.string("ONEC_AI_BASE_URL") { configuration.baseURL = url }
        if let format = try reader.choice("ONEC_AI_AUTH_FORMAT", as: AuthorizationFormat.self) {
            configuration.authorizationFormat = format
        }
        if let skill = reader.string("ONEC_AI_SKILL_NAME") { configuration.skillName = skill }
        if let language = reader.string("ONEC_AI_UI_LANGUAGE") { configuration.uiLanguage = language }
        if let language = reader.string("ONEC_AI_PROGRAMMING_LANGUAGE") { configuration.programmingLanguage = language }
        if let language = reader.string("ONEC_AI_SCRIPT_LANGUAGE") { configuration.scriptLanguage = language }
        if let length = try reader.integer("ONEC_AI_INPUT_MAX_LENGTH", minimum: 1) {
            configuration.maxInputLength = length
        }
        configuration.session.apply(timeout: try reader.seconds("ONEC_AI_TIMEOUT"))
        return configuration
    }
}
