internal import HTTPSessionPool

extension GigaChatConfiguration {
    /// Reads the variables of the official SDKs, all with the prefix `GIGACHAT_`.
    ///
    /// Credentials, the first that is set: `ACCESS_TOKEN`, `CREDENTIALS`, `CLIENT_ID` with `CLIENT_SECRET`, `USER` with
    /// `PASSWORD`, `CERT_FILE`. Further: `BASE_URL` (or `API_URL`), `AUTH_URL` (or `TOKEN_URL`), `SCOPE`, `MODEL`,
    /// `PROFANITY_CHECK`, `FLAGS`, `TIMEOUT` in seconds, `VERIFY_SSL_CERTS` (or `VERIFY_SSL`), `CA_BUNDLE_FILE`,
    /// `CERT_FILE`, `KEY_FILE`, `KEY_FILE_PASSWORD` (or `KEY_PASSWORD`), `MAX_CONNECTIONS`, `TOKEN_EXPIRY_BUFFER_MS`.
    /// The SDKs' variables for retries are not read: retrying is the caller's policy.
    ///
    /// - Parameters:
    ///   - environment: The variables; the process's own by default.
    ///   - defaults: Sets what the variables count over; nothing by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing or wrong.
    public static func fromEnvironment(
        _ environment: [String: String] = ProcessEnvironment.current,
        over defaults: (inout GigaChatConfiguration) -> Void = { _ in }
    ) throws(ProviderError) -> GigaChatConfiguration {
        let reader = EnvironmentReader(environment, .gigaChat)
        var configuration = GigaChatConfiguration(credentials: try credentials(reader))
        defaults(&configuration)
        if let url = reader.string("GIGACHAT_BASE_URL", "GIGACHAT_API_URL") { configuration.baseURL = url }
        if let url = reader.string("GIGACHAT_AUTH_URL", "GIGACHAT_TOKEN_URL") { configuration.authURL = url }
        if let scope = reader.string("GIGACHAT_SCOPE") { configuration.scope = Scope(rawValue: scope) }
        if let model = reader.string("GIGACHAT_MODEL") { configuration.model = model }
        if let check = try reader.bool("GIGACHAT_PROFANITY_CHECK") { configuration.profanityCheck = check }
        if let flags = reader.string("GIGACHAT_FLAGS") { configuration.flags = list(flags) }
        if let buffer = try reader.integer("GIGACHAT_TOKEN_EXPIRY_BUFFER_MS", minimum: 0) {
            configuration.tokenRefreshLeeway = .milliseconds(buffer)
        }
        if let limit = try reader.integer("GIGACHAT_MAX_CONNECTIONS", minimum: 1) {
            configuration.session.limits.maxConnections = limit
        }
        configuration.session.apply(timeout: try reader.seconds("GIGACHAT_TIMEOUT"))
        configuration.session.apply(verifiesTLS: try reader.bool("GIGACHAT_VERIFY_SSL_CERTS", "GIGACHAT_VERIFY_SSL"))
        if let file = reader.string("GIGACHAT_CA_BUNDLE_FILE") {
            configuration.session.tls.additionalRoots.append(.file(file))
        }
        if let file = reader.string("GIGACHAT_CERT_FILE") {
            configuration.session.tls.clientCertificate = TLSConfiguration.ClientCertificate(
                certificate: .file(file),
                privateKey: .file(reader.string("GIGACHAT_KEY_FILE") ?? file),
                passphrase: reader.string("GIGACHAT_KEY_FILE_PASSWORD", "GIGACHAT_KEY_PASSWORD")
            )
        }
        return configuration
    }

    private static func credentials(_ reader: EnvironmentReader) throws(ProviderError) -> Credentials {
        if let token = reader.secret("GIGACHAT_ACCESS_TOKEN") { return .accessToken(token) }
        if let key = reader.secret("GIGACHAT_CREDENTIALS") { return .authorizationKey(key) }
        if let id = reader.string("GIGACHAT_CLIENT_ID") {
            guard let secret = reader.secret("GIGACHAT_CLIENT_SECRET") else {
                throw reader.missing("The secret of GIGACHAT_CLIENT_ID", "GIGACHAT_CLIENT_SECRET")
            }
            return .client(id: id, secret: secret)
        }
        if let user = reader.string("GIGACHAT_USER") {
            guard let password = reader.secret("GIGACHAT_PASSWORD") else {
                throw reader.missing("The password of GIGACHAT_USER", "GIGACHAT_PASSWORD")
            }
            return .password(user: user, password: password)
        }
        if reader.string("GIGACHAT_CERT_FILE") != nil { return .clientCertificate }
        throw reader.missing(
            "The credential",
            "GIGACHAT_CREDENTIALS",
            "GIGACHAT_ACCESS_TOKEN",
            "GIGACHAT_USER and GIGACHAT_PASSWORD",
            "GIGACHAT_CERT_FILE"
        )
    }

    /// A list as the Python SDK reads it, a JSON array, or as people write it, with commas.
    private static func list(_ text: String) -> [String] {
        if let array = JSONValue(parsing: text)?.array { return array.compactMap(\.string) }
        return text.split(separator: ",").compactMap { String($0).trimmingWhitespace.nonEmpty }
    }
}
