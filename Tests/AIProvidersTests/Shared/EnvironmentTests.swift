import FoundationEssentials
import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

struct EnvironmentTests {
    @Test func `GigaChat reads the official SDK's variables`() throws {
        let configuration = try GigaChatConfiguration.fromEnvironment([
            "GIGACHAT_CREDENTIALS": " Zm9v ", "GIGACHAT_SCOPE": "GIGACHAT_API_CORP",
            "GIGACHAT_BASE_URL": "https://h/api/v1", "GIGACHAT_AUTH_URL": "https://a/oauth", "GIGACHAT_MODEL": "M",
            "GIGACHAT_VERIFY_SSL_CERTS": "False", "GIGACHAT_CA_BUNDLE_FILE": "/ca.pem", "GIGACHAT_TIMEOUT": "12.5",
            "GIGACHAT_CERT_FILE": "/c.pem", "GIGACHAT_KEY_FILE": "/k.pem", "GIGACHAT_KEY_FILE_PASSWORD": "p",
            "GIGACHAT_FLAGS": #"["a","b"]"#, "GIGACHAT_TOKEN_EXPIRY_BUFFER_MS": "1500",
            "GIGACHAT_PROFANITY_CHECK": "true", "GIGACHAT_MAX_CONNECTIONS": "3",
        ])
        #expect(configuration.credentials == .authorizationKey("Zm9v"))
        #expect(configuration.scope == .corporate)
        #expect(configuration.baseURL == "https://h/api/v1")
        #expect(configuration.authURL == "https://a/oauth")
        #expect(configuration.model == "M")
        #expect(configuration.flags == ["a", "b"])
        #expect(configuration.profanityCheck == true)
        #expect(configuration.tokenRefreshLeeway == .milliseconds(1_500))
        #expect(configuration.session.tls.verification == .disabledInsecurely)
        #expect(configuration.session.tls.additionalRoots == [.file("/ca.pem")])
        #expect(configuration.session.tls.clientCertificate?.privateKey == .file("/k.pem"))
        #expect(configuration.session.timeouts.firstByte == .milliseconds(12_500))
        #expect(configuration.session.limits.maxConnections == 3)
    }

    @Test func `GigaChat's credentials have the SDK's order`() throws {
        var environment = ["GIGACHAT_CERT_FILE": "/c.pem"]
        func credentials() throws -> GigaChatConfiguration.Credentials {
            try GigaChatConfiguration.fromEnvironment(environment).credentials
        }
        #expect(try credentials() == .clientCertificate)
        environment["GIGACHAT_USER"] = "u"
        environment["GIGACHAT_PASSWORD"] = "p"
        #expect(try credentials() == .password(user: "u", password: "p"))
        environment["GIGACHAT_CLIENT_ID"] = "i"
        environment["GIGACHAT_CLIENT_SECRET"] = "s"
        #expect(try credentials() == .client(id: "i", secret: "s"))
        environment["GIGACHAT_CREDENTIALS"] = "k"
        #expect(try credentials() == .authorizationKey("k"))
        environment["GIGACHAT_ACCESS_TOKEN"] = "t"
        #expect(try credentials() == .accessToken("t"))
    }

    @Test(arguments: [
        (["GIGACHAT_CREDENTIALS": "  "], "GIGACHAT_CREDENTIALS"), (["GIGACHAT_USER": "u"], "GIGACHAT_PASSWORD"),
        (["GIGACHAT_CREDENTIALS": "k", "GIGACHAT_VERIFY_SSL_CERTS": "never"], "GIGACHAT_VERIFY_SSL_CERTS"),
        (["GIGACHAT_CREDENTIALS": "k", "GIGACHAT_TIMEOUT": "-1"], "GIGACHAT_TIMEOUT"),
        (["GIGACHAT_CREDENTIALS": "k", "GIGACHAT_MAX_CONNECTIONS": "0"], "GIGACHAT_MAX_CONNECTIONS"),
    ])
    func `an error names GigaChat's variable and not its value`(environment: [String: String], name: String) {
        let error = #expect(throws: ProviderError.self) { try GigaChatConfiguration.fromEnvironment(environment) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(name) == true)
        #expect(error?.message.contains("never") == false)
    }

    @Test func `Yandex reads the folder and the first credential`() throws {
        func credential(_ environment: [String: String]) throws -> String {
            let all = environment.merging(["FOLDER_ID": "b1g"]) { given, _ in given }
            let configuration = try YandexGPTConfiguration.fromEnvironment(all)
            #expect(configuration.folderID == "b1g")
            return switch configuration.credentials {
            case .apiKey(let key): "key " + key.reveal()
            case .iamToken(let token): "iam " + token.reveal()
            case .oauthToken(let token): "oauth " + token.reveal()
            case .serviceAccount: "jwt"
            case .metadataService(let url): url
            }
        }
        #expect(try credential(["YC_API_KEY": "a", "YC_IAM_TOKEN": "b"]) == "key a")
        #expect(try credential(["YANDEX_CLOUD_API_KEY": "a"]) == "key a")
        #expect(try credential(["IAM_TOKEN": "b"]) == "iam b")
        #expect(try credential(["YC_OAUTH_TOKEN": "c"]) == "oauth c")
        #expect(try credential(["YC_TOKEN": "t1.x"]) == "iam t1.x")
        #expect(try credential(["YC_TOKEN": "y0_x"]) == "oauth y0_x")
        #expect(try credential(["YC_METADATA_ADDR": "127.0.0.1:1"]).hasPrefix("http://127.0.0.1:1/computeMetadata/"))
        let folder = #expect(throws: ProviderError.self) {
            try YandexGPTConfiguration.fromEnvironment(["YC_API_KEY": "a"])
        }
        #expect(folder?.message.contains("YC_FOLDER_ID") == true)
        let key = #expect(throws: ProviderError.self) {
            try YandexGPTConfiguration.fromEnvironment(["YC_FOLDER_ID": "f"])
        }
        #expect(key?.message.contains("YC_API_KEY") == true)
    }

    @Test func `Naparnik reads a token, a file with one, or the key of the other interface`() throws {
        let configuration = try NaparnikConfiguration.fromEnvironment([
            "ONEC_AI_TOKEN": "t", "ONEC_AI_BASE_URL": "https://h", "ONEC_AI_AUTH_FORMAT": "bearer",
            "ONEC_AI_SKILL_NAME": "raw", "ONEC_AI_INPUT_MAX_LENGTH": "10", "ONEC_AI_TIMEOUT": "90",
        ])
        #expect(configuration.token == "t")
        #expect(configuration.api == .conversations)
        #expect(configuration.baseURL == "https://h")
        #expect(configuration.authorizationFormat == .bearer)
        #expect(configuration.skillName == "raw")
        #expect(configuration.maxInputLength == 10)
        #expect(configuration.session.timeouts.noProgress == .seconds(90))

        let file = Fixture.url("openai/error.json").path
        #expect(try NaparnikConfiguration.fromEnvironment(["ONEC_AI_TOKEN_FILE": file]).token.reveal().hasPrefix("{"))
        let missing = #expect(throws: ProviderError.self) {
            try NaparnikConfiguration.fromEnvironment(["ONEC_AI_TOKEN_FILE": "/nowhere/token"])
        }
        #expect(missing?.message.contains("ONEC_AI_TOKEN_FILE") == true)

        let other = try NaparnikConfiguration.fromEnvironment([
            "NAPARNIK_API_KEY": "k", "NAPARNIK_API_URL": "https://h/api/v1", "NAPARNIK_MODEL": "m",
            "NAPARNIK_TIMEOUT_SECONDS": "25",
        ])
        #expect(other.api == .completions)
        #expect(other.authorizationFormat == .bearer)
        #expect(other.model == "m")
        #expect(other.session.timeouts.firstByte == .seconds(25))
        #expect(throws: ProviderError.self) { try NaparnikConfiguration.fromEnvironment([:]) }
        let format = #expect(throws: ProviderError.self) {
            try NaparnikConfiguration.fromEnvironment(["NAPARNIK_TOKEN": "t", "ONEC_AI_AUTH_FORMAT": "basic"])
        }
        #expect(format?.message.contains("plain, bearer") == true)
    }

    @Test func `OpenAI needs a key, unless the server is another`() throws {
        let configuration = try OpenAICompatibleConfiguration.fromEnvironment([
            "OPENAI_API_KEY": "k", "OPENAI_ORG_ID": "o", "OPENAI_PROJECT_ID": "p", "OPENAI_MODEL": "m",
        ])
        #expect(configuration.baseURL == "https://api.openai.com/v1")
        #expect(configuration.organization == "o")
        #expect(configuration.project == "p")
        #expect(configuration.model == "m")
        let local = try OpenAICompatibleConfiguration.fromEnvironment(["OPENAI_BASE_URL": "http://localhost:1/v1"])
        #expect(local.apiKey == nil)
        let error = #expect(throws: ProviderError.self) { try OpenAICompatibleConfiguration.fromEnvironment([:]) }
        #expect(error?.message.contains("OPENAI_API_KEY") == true)
    }

    @Test func `the process has an environment`() {
        #expect(ProcessEnvironment.current["PATH"] != nil)
    }
}
