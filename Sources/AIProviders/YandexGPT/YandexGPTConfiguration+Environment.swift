internal import HTTPSessionPool

extension YandexGPTConfiguration {
    /// Reads the variables of Yandex's SDK and of its documentation.
    ///
    /// The folder: `YC_FOLDER_ID`, `YANDEX_CLOUD_FOLDER` or `FOLDER_ID`. Credentials, the first that is set: `YC_API_KEY`,
    /// `YANDEX_CLOUD_API_KEY`, `YC_IAM_TOKEN`, `IAM_TOKEN`, `YC_OAUTH_TOKEN`, `YC_TOKEN` (of any kind, told by its form),
    /// `YC_METADATA_ADDR` (the metadata service of a virtual machine at this address).
    ///
    /// - Parameters:
    ///   - environment: The variables; the process's own by default.
    ///   - defaults: Sets what the variables count over; nothing by default.
    /// - Returns: The configuration.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` that names the variable which is missing or wrong.
    public static func fromEnvironment(
        _ environment: [String: String] = ProcessEnvironment.current,
        over defaults: (inout YandexGPTConfiguration) -> Void = { _ in }
    ) throws(ProviderError) -> YandexGPTConfiguration {
        let reader = EnvironmentReader(environment, .yandexGPT)
        guard let folder = reader.string("YC_FOLDER_ID", "YANDEX_CLOUD_FOLDER", "FOLDER_ID") else {
            throw reader.missing("The folder", "YC_FOLDER_ID", "YANDEX_CLOUD_FOLDER", "FOLDER_ID")
        }
        var configuration = YandexGPTConfiguration(folderID: folder, credentials: try credentials(reader))
        defaults(&configuration)
        return configuration
    }

    private static func credentials(_ reader: EnvironmentReader) throws(ProviderError) -> Credentials {
        if let key = reader.secret("YC_API_KEY", "YANDEX_CLOUD_API_KEY") { return .apiKey(key) }
        if let token = reader.secret("YC_IAM_TOKEN", "IAM_TOKEN") { return .iamToken(token) }
        if let token = reader.secret("YC_OAUTH_TOKEN") { return .oauthToken(token) }
        if let token = reader.string("YC_TOKEN") { return Credentials(classifying: token) }
        if let address = reader.string("YC_METADATA_ADDR") {
            let path = "/computeMetadata/v1/instance/service-accounts/default/token"
            let origin = address.contains("://") ? address.withoutTrailingSlashes : "http://" + address
            return .metadataService(url: origin + path)
        }
        throw reader.missing("The credential", "YC_API_KEY", "YC_IAM_TOKEN", "YC_OAUTH_TOKEN", "YC_TOKEN")
    }
}
