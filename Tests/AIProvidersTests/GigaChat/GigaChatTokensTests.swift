import HTTPSessionPool
import Testing

@testable import AIProviders

struct GigaChatTokensTests {
    private let now = UnixTime(sinceEpoch: .seconds(1_739_784_000))

    @Test func `milliseconds and seconds of expiry are told apart by their size`() {
        #expect(GigaChatTokens.lifetime(expiry: 1_739_785_800_000, serverNow: now) == .seconds(1_800))
        #expect(GigaChatTokens.lifetime(expiry: 1_739_785_800, serverNow: now) == .seconds(1_800))
        #expect(GigaChatTokens.lifetime(expiry: 1_739_783_000, serverNow: now) == .seconds(-1_000))
    }

    @Test func `a token without an expiry lives as long as the documents say`() {
        #expect(GigaChatTokens.lifetime(expiry: nil, serverNow: now) == .seconds(1_800))
        #expect(GigaChatTokens.lifetime(expiry: 0, serverNow: now) == .seconds(1_800))
        #expect(GigaChatTokens.lifetime(expiry: .infinity, serverNow: now) == .seconds(1_800))
    }

    @Test(arguments: [#"{"access_token":"a","expires_at":1739785800000}"#, #"{"tok":"a","exp":1739785800}"#])
    func `both forms of the answer are read`(text: String) throws {
        let answer = try WireJSON.decode(GigaChatTokens.Answer.self, from: Array(text.utf8))
        #expect(answer.token == "a")
        #expect(GigaChatTokens.lifetime(expiry: answer.expiry, serverNow: now) == .seconds(1_800))
    }

    @Test func `the OAuth request has the key, a fresh UUID and the scope as a form`() throws {
        let url = "https://h:9443/api/v2/oauth"
        let request = GigaChatTokens.oauthRequest(url: url, key: "Zm9v", scope: .business)
        #expect(request.method == .post)
        #expect(request.headers["Authorization"] == "Basic Zm9v")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(request.body.map { String(decoding: $0, as: UTF8.self) } == "scope=GIGACHAT_API_B2B")
        let id = try #require(request.headers["RqUID"])
        let parts = id.split(separator: "-")
        #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
        #expect(parts[2].first == "4")
        #expect(GigaChatTokens.oauthRequest(url: url, key: "k", scope: .personal).headers["RqUID"] != id)
    }

    @Test func `the key of a client is base64 of its id and secret`() {
        #expect(GigaChatTokens.authorizationKey(id: "cid", secret: "secret") == "Y2lkOnNlY3JldA==")
    }

    @Test func `accounts never share a session, and their names say nothing`() throws {
        func scope(_ key: Secret) throws -> String {
            let session = try GigaChatConfiguration(credentials: .authorizationKey(key)).apiSession()
            return try #require(session.credentialsScope)
        }
        #expect(try scope("Zm9vOmJhcg==") == scope("Zm9vOmJhcg=="))
        #expect(try scope("Zm9vOmJhcg==") != scope("Zm9vOmJheg=="))
        #expect(try !scope("Zm9vOmJhcg==").contains("Zm9v"))
    }

    @Test func `a person's account runs one request at a time, a company's ten`() throws {
        var configuration = GigaChatConfiguration(credentials: .authorizationKey("a2V5"))
        #expect(try configuration.apiSession().limits.maxConcurrentRequests == 1)
        for scope in [GigaChatConfiguration.Scope.business, .corporate] {
            configuration.scope = scope
            #expect(try configuration.apiSession().limits.maxConcurrentRequests == 10)
        }
        configuration.maxConcurrentRequests = 3
        #expect(try configuration.apiSession().limits.maxConcurrentRequests == 3)
    }

    @Test func `a client certificate goes to the API together with the extra root, and not to the token endpoint`()
        throws
    {
        var configuration = GigaChatConfiguration(credentials: .clientCertificate)
        #expect(throws: ProviderError.self) { try configuration.apiSession() }
        configuration.session.tls.additionalRoots = [.file("/ca.pem")]
        configuration.session.tls.clientCertificate = .init(certificate: .file("/c.pem"), privateKey: .file("/k.pem"))
        let session = try configuration.apiSession()
        #expect(session.tls.clientCertificate != nil)
        #expect(session.tls.additionalRoots == [.file("/ca.pem")])
        #expect(configuration.authSession().tls.clientCertificate == nil)
        #expect(configuration.authSession().tls.additionalRoots == [.file("/ca.pem")])
    }

    @Test(arguments: ["", "ключ", "two words", "line\nbreak"])
    func `a key that no header can carry is refused at once`(key: String) {
        let error = #expect(throws: ProviderError.self) {
            try GigaChatClient(GigaChatConfiguration(credentials: .authorizationKey(Secret(key))))
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
