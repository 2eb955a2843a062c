import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

struct FailureReaderTests {
    private let failures = FailureReader(.openAI, secrets: ["hunter2-password"])

    private func failure(_ status: Int, _ body: String, headers: HeaderFields = [:]) -> ProviderError {
        failures.failure(Response(status: Status(rawValue: status), headers: headers, body: Array(body.utf8)))
    }

    @Test(arguments: [
        (#"{"error":{"message":"m","type":"t","code":"c"}}"#, "m", "c"), (#"{"status":422,"message":"m"}"#, "m", nil),
        (#"{"code":6,"message":"m"}"#, "m", "6"), (#"{"error":"m","error_type":"t"}"#, "m", "t"),
        (#"{"error":[{"msg":"m"},{"msg":"n"}],"error_type":"t"}"#, "m; n", "t"), (#"{"detail":"m"}"#, "m", nil),
        (#"{"detail":[{"loc":["body"],"msg":"m","type":"t"}]}"#, "m", nil),
        (#"{"object":"error","message":"m","type":"T","code":404}"#, "m", "404"), ("plain words", "plain words", nil),
        ("<html><head><title>403 Forbidden</title></head></html>", #"an HTML page titled "403 Forbidden""#, nil),
    ])
    func `every form of an error body is read`(body: String, message: String, code: String?) {
        let error = ErrorBody(Array(body.utf8))
        #expect(error.message == message)
        #expect(error.code == code)
    }

    @Test(arguments: [
        (400, ProviderError.Code.invalidRequest), (401, .unauthorized), (402, .paymentRequired), (403, .forbidden),
        (404, .notFound), (413, .requestTooLarge), (422, .invalidRequest), (423, .serverError), (429, .rateLimited),
        (500, .serverError), (503, .serverError), (302, .malformedResponse),
    ])
    func `a status has a code`(status: Int, code: ProviderError.Code) {
        let error = failure(status, #"{"message":"m"}"#)
        #expect(error.code == code)
        #expect(error.status == status)
    }

    @Test func `what passes by itself is retryable, what does not is not`() {
        for status in [408, 423, 429, 500, 502, 503, 504] { #expect(failure(status, "").isRetryable, "\(status)") }
        for status in [400, 401, 402, 403, 404, 413, 422, 501] {
            #expect(!failure(status, "").isRetryable, "\(status)")
        }
        #expect(failure(400, "", headers: ["x-should-retry": "true"]).isRetryable)
        #expect(!failure(503, "", headers: ["x-should-retry": "false"]).isRetryable)
        let quota = failure(429, #"{"error":{"message":"m","code":"insufficient_quota"}}"#)
        #expect(quota.code == .paymentRequired)
        #expect(!quota.isRetryable)
    }

    @Test func `a 404 means the model only when the provider says so`() {
        func missing(_ body: String) -> ProviderError.Code {
            let response = Response(status: 404, headers: [:], body: Array(body.utf8))
            return failures.failure(response, missing: .modelNotFound).code
        }
        #expect(missing(#"{"status":404,"message":"No such model"}"#) == .modelNotFound)
        #expect(missing("<html><title>404</title></html>") == .notFound)
    }

    @Test func `credentials in a server's words are replaced`() {
        let words = """
            Wrong key sk-proj-abcdefghijklmnop for hunter2-password: Bearer abc.def, Basic Zm9vOmJhcg==, \
            t1.9euelZqabcdef and AbCdEf0123456789AbCdEf0123456789AbCd in request 6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e
            """
        let text = failures.redactor.clean(words)
        for secret in ["sk-proj", "hunter2", "abc.def", "Zm9v", "t1.9eue", "AbCdEf0123"] {
            #expect(!text.contains(secret), "\(secret) in \(text)")
        }
        #expect(text.contains("6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e"))
        #expect(text.contains("Wrong key"))
    }

    @Test func `ordinary words are kept`() {
        let words = "ai.textGenerationCompletionSessionsCount.count gauge quota limit exceed: allowed 1 requests"
        #expect(failures.redactor.clean(words) == words)
        #expect(
            failures.redactor.clean("Failed to parse model URI gpt://b1gfolder/yandexgpt/latest").contains("gpt://b1g")
        )
    }

    @Test func `a server's words are bounded and on one line`() {
        let text = failures.redactor.clean(String(repeating: "слово\r\n", count: 10_000))
        #expect(text.count <= Redactor.limit + 1)
        #expect(!text.contains { $0.isNewline })
    }

    @Test func `an error object in a successful answer is the error`() {
        let body = Array(#"{"error":{"message":"overloaded","httpCode":503}}"#.utf8)
        let error = failures.malformed("no choices", body: body)
        #expect(error.code == .serverError)
        #expect(error.status == 503)
        #expect(error.isRetryable)
    }

    @Test func `the request's id and the wait are kept`() {
        let error = failure(429, "", headers: ["X-Request-Id": "r-1", "Retry-After": "3"])
        #expect(error.requestID == "r-1")
        #expect(error.retryAfter == .seconds(3))
        #expect("\(error)".contains("r-1"))
    }
}
