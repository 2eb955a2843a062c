import HTTPSessionPool
import Testing

@testable import AIProviders

struct RetryAdviceTests {
    private let now = UnixTime(sinceEpoch: .seconds(784_111_700))

    @Test func `reads seconds, fractions, milliseconds and dates`() {
        #expect(RetryAdvice(headers: ["Retry-After": "7"], now: now).after == .seconds(7))
        #expect(RetryAdvice(headers: ["retry-after": "1.5"], now: now).after == .milliseconds(1_500))
        #expect(
            RetryAdvice(headers: ["retry-after-ms": "250", "retry-after": "7"], now: now).after == .milliseconds(250)
        )
        let date: HeaderFields = ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"]
        #expect(RetryAdvice(headers: date, now: now).after == .seconds(77))
    }

    @Test func `a date counts from the answer's own date, whatever the clock here says`() {
        let headers: HeaderFields = [
            "Date": "Sun, 06 Nov 1994 08:49:27 GMT", "Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT",
        ]
        #expect(RetryAdvice(headers: headers, now: UnixTime(sinceEpoch: .zero)).after == .seconds(10))
    }

    @Test func `nonsense is no wait, the past is none, and for ever is a day`() {
        #expect(RetryAdvice(headers: ["Retry-After": "soon"], now: now).after == nil)
        #expect(RetryAdvice(headers: ["Retry-After": "-3"], now: now).after == nil)
        #expect(RetryAdvice(headers: ["Retry-After": "nan"], now: now).after == nil)
        #expect(RetryAdvice(headers: ["Retry-After": "1e300"], now: now).after == .seconds(86_400))
        let past: HeaderFields = ["Retry-After": "Sun, 06 Nov 1994 08:40:00 GMT"]
        #expect(RetryAdvice(headers: past, now: now).after == .zero)
    }

    @Test func `the server's word on retrying is kept`() {
        #expect(RetryAdvice(headers: ["x-should-retry": "true"], now: now).shouldRetry == true)
        #expect(RetryAdvice(headers: ["X-Should-Retry": "False"], now: now).shouldRetry == false)
        #expect(RetryAdvice(headers: ["x-should-retry": "maybe"], now: now).shouldRetry == nil)
    }

    @Test(arguments: [
        ("Rate limit exceeded for message creation. Try again in 123 seconds.", Duration.seconds(123)),
        ("Please try again in 1.5s.", .milliseconds(1_500)), ("try again in 20ms", .milliseconds(20)),
        ("Try again in 2 minutes", .seconds(120)), ("Try again in 6m0s", .seconds(360)),
        // codex-lb#1051 (OpenAI), Repo2Readme#183 (Groq), kilocode#14269 (Azure), and Google's words
        ("Please try again in 1m26.4s.", .seconds(86.4)), ("Please try again in 2m59.56s. Need more", .seconds(179.56)),
        ("Please try again in 1h2m3s", .seconds(3_723)), ("Please retry after 20 seconds.", .seconds(20)),
        ("Please retry in 36.28s.", .seconds(36.28)), ("try again in 1 minute and 5 seconds", .seconds(65)),
    ])
    func `finds the wait in a sentence`(text: String, wait: Duration) {
        #expect(RetryAdvice.wait(inText: text) == wait)
    }

    @Test(arguments: [
        "Try again later", "Try again in a while", "", "in 5 seconds", "Try again in 5 fortnights", "retry after that",
    ])
    func `finds no wait where there is none`(text: String) {
        #expect(RetryAdvice.wait(inText: text) == nil)
    }
}
