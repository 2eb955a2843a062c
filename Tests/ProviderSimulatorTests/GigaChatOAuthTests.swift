import Foundation
import ProviderSimulator
import Testing

@Suite struct GigaChatOAuthTests {
    @Test func `a token lives thirty minutes and says so in milliseconds`() async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.oauth()
            let json = try response.json()
            #expect(response.status == 200)
            #expect(response[field: "Content-Type"] == "application/json")
            #expect(response[field: "Cache-Control"] == "no-cache, no-store, max-age=0, must-revalidate")
            #expect((json.access_token.string?.utf8.count ?? 0) > 1000)
            let left = try #require(json.expires_at.number) / 1000 - Date().timeIntervalSince1970
            #expect((1700...1801).contains(left))
            #expect(simulator.statistics[.gigachat].tokensIssued == 1)
        }
    }

    @Test func `expires_at may be in seconds`() async throws {
        try await withSimulator({ $0.gigachat.tokenFormat = .expiresAtSeconds }) { simulator throws in
            let expiry = try #require(try simulator.oauth().json().expires_at.number)
            #expect((1700...1801).contains(expiry - Date().timeIntervalSince1970))
        }
    }

    @Test func `the other form is tok and exp in seconds, and its token works`() async throws {
        try await withSimulator({ $0.gigachat.tokenFormat = .tokSeconds }) { simulator throws in
            let json = try simulator.oauth().json()
            #expect(json.names == ["tok", "exp"])
            #expect((1700...1801).contains(try #require(json.exp.number) - Date().timeIntervalSince1970))
            #expect(try simulator.gigachat("/api/v1/models", token: json.tok.string).status == 200)
        }
    }

    @Test func `user and password get a token too`() async throws {
        try await withSimulator { simulator throws in
            let fields = ["Authorization": "Basic \(Sample.key)"]
            let json = try simulator.exchange(.gigachat, "POST", "/api/v1/token", fields).json()
            #expect(try simulator.gigachat("/api/v1/models", token: json.tok.string).status == 200)
        }
    }

    @Test func `RqUID, scope and credentials are required, each with its code`() async throws {
        try await withSimulator({
            $0.gigachat.authorizationKeys = [Sample.key]
            $0.gigachat.forbiddenScopes = ["GIGACHAT_API_CORP"]
        }) { simulator throws in
            func verdict(
                scope: String? = "GIGACHAT_API_PERS",
                key: String = Sample.key,
                id: String? = Sample.uuid
            ) throws -> [Double?] {
                let response = try simulator.oauth(scope: scope, key: key, id: id)
                return [Double(response.status), try response.json().code.number]
            }
            let verdicts = [
                try verdict(id: nil),
                try verdict(id: "not-a-uuid"),
                try verdict(scope: nil),
                try verdict(scope: "WRONG"),
                try verdict(scope: "GIGACHAT_API_CORP"),
                try verdict(key: "b3RoZXI6a2V5cw=="),
                try verdict(key: "не base64"),
            ]
            #expect(verdicts == [[400, 2], [400, 2], [400, 5], [400, 1], [400, 7], [401, 6], [401, 4]])
            #expect(simulator.statistics[.gigachat].tokensIssued == 0)
        }
    }

    @Test func `an expired token is refused, an unknown one too`() async throws {
        try await withSimulator { simulator throws in
            let token = try simulator.gigachatToken()
            #expect(try simulator.gigachat("/api/v1/models", token: token).status == 200)
            simulator.expireTokens()
            let expired = try simulator.gigachat("/api/v1/models", token: token)
            #expect(expired.status == 401)
            #expect(try expired.json().message.string == "Token has expired")
            #expect(try simulator.gigachat("/api/v1/models", token: "unknown").json().message.string == "Unauthorized")
            #expect(try simulator.exchange(.gigachat, "GET", "/api/v1/models").status == 401)
        }
    }

    @Test func `tokens can be born expired`() async throws {
        try await withSimulator({ $0.gigachat.tokenLife = .zero }) { simulator throws in
            let response = try simulator.gigachat("/api/v1/models")
            #expect(response.status == 401)
        }
    }

    @Test func `the claimed life may differ from the true one`() async throws {
        try await withSimulator({ $0.gigachat.claimedTokenLife = .seconds(-60) }) { simulator throws in
            let json = try simulator.oauth().json()
            #expect(try #require(json.expires_at.number) / 1000 < Date().timeIntervalSince1970)
            #expect(try simulator.gigachat("/api/v1/models", token: json.access_token.string).status == 200)
        }
    }

    @Test func `the first call can be answered with 401 and lose its token`() async throws {
        try await withSimulator({ $0.gigachat.unauthorizedCalls = 1 }) { simulator throws in
            let token = try simulator.gigachatToken()
            #expect(try simulator.gigachat("/api/v1/models", token: token).status == 401)
            #expect(try simulator.gigachat("/api/v1/models", token: token).status == 401)
            #expect(try simulator.gigachat("/api/v1/models").status == 200)
        }
    }

    @Test func `static tokens work without OAuth`() async throws {
        try await withSimulator({ $0.gigachat.staticTokens = ["fixed"] }) { simulator throws in
            let response = try simulator.gigachat("/api/v1/models", token: "fixed")
            #expect(response.status == 200)
        }
    }
}
