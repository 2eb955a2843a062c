@testable import HTTPSessionPool
@testable import PoolServer
import Testing

/// What is answered to which request.
@Suite struct ApplicationTests {
    @Test(arguments: ["/", "/pool/stats", "/pool/history", "/metrics", "/healthz", "/readyz"])
    func `every path answers GET and HEAD alike, and nothing else`(_ path: String) {
        let application = Sample.application()
        let get = application.get(path)
        #expect(get.status == 200 && get.field("Cache-Control") == "no-store" && !get.body.isEmpty)
        let head = application.get(path, method: "HEAD")
        // The server sends the head of it alone; between the two some numbers of /metrics may change.
        #expect(head.status == 200 && head.field("Content-Type") == get.field("Content-Type") && !head.body.isEmpty)
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"] {
            let other = application.get(path, method: method)
            #expect(other.status == 405 && other.field("Allow") == "GET, HEAD", "\(method)")
        }
    }

    @Test(arguments: ["/pool", "/pool/stats/", "/Metrics", "//", "", "/../metrics", "*", "/startup"])
    func `what is not there is not found`(_ path: String) {
        let response = Sample.application().get(path)
        #expect(response.status == 404 && response.field("Content-Type") == "application/json")
    }

    @Test(arguments: [
        ("/pool/stats", "application/json", 200), ("/pool/stats", "*/*", 200), ("/pool/stats", "application/*", 200),
        ("/pool/stats", "text/html, application/json;q=0.1", 200), ("/pool/stats", "text/html", 406),
        ("/pool/stats", "*/*;q=0", 406), ("/", "text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("/", "application/json", 406), ("/metrics", "application/json", 406), ("/metrics", "text/plain", 200),
        ("/metrics", "text/plain;version=1.0.0", 406), ("/healthz", "text/plain", 406), ("/readyz", "*/*", 200),
    ])
    func `a type that nobody has is not acceptable`(_ path: String, _ accept: String, _ status: Int) {
        #expect(Sample.application().get(path, [("Accept", accept)]).status == status)
    }

    /// DNS rebinding: a page asks by a name of its own that leads to 127.0.0.1.
    @Test(arguments: [
        ("localhost", 200), ("LOCALHOST:8000", 200), ("127.0.0.1", 200), ("127.9.9.9:1", 200), ("[::1]:8000", 200),
        ("localhost.", 200), ("evil.example", 421), ("evil.example:8000", 421), ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421), ("10.0.0.1", 421), ("[::1", 421), ("localhost:x", 421), ("", 421),
    ])
    func `without a token only names of this machine are answered`(_ host: String, _ status: Int) {
        for path in ["/pool/stats", "/metrics", "/", "/pool/history"] {
            #expect(Sample.application().get(path, [("Host", host)]).status == status)
        }
        let own = Sample.application(token: "0123456789abcdef")
        #expect(own.get("/metrics", [("Host", host)]).status == 401)
    }

    @Test(
        arguments: [
            ([("Origin", "http://evil.example")], 403), ([("Origin", "null")], 403),
            ([("Origin", "http://localhost")], 200), ([("Sec-Fetch-Site", "cross-site")], 403),
            ([("Sec-Fetch-Site", "same-origin")], 200), ([("Sec-Fetch-Site", "none")], 200),
            ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")], 200),
            ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")], 403),
        ] as [([(String, String)], Int)]
    )
    func `pages of other sites get no answer`(_ fields: [(String, String)], _ status: Int) {
        #expect(Sample.application().get("/pool/stats", fields.map { (name: $0.0, value: $0.1) }).status == status)
    }

    @Test func `nobody else takes the answers into a page of theirs, and the page runs its own script alone`() {
        let page = Sample.application().get("/")
        #expect(page.field("Cross-Origin-Resource-Policy") == "same-origin")
        let policy = page.field("Content-Security-Policy") ?? ""
        let script = policy.split(separator: ";").first { $0.contains("script-src") } ?? ""
        let nonce = script.split(separator: "'").last { $0.hasPrefix("nonce-") }?.dropFirst(6) ?? ""
        #expect(nonce.count >= 8 && !script.contains("unsafe-inline"))
        #expect(String(decoding: page.body, as: UTF8.self).contains("<script nonce=\"\(nonce)\">"))
        #expect(Sample.application().get("/").field("Content-Security-Policy") != policy, "each answer has its own")
    }

    @Test func `readiness tells its reasons, and health does not depend on them`() {
        let draining = Sample.application { Sample.pool([], state: .draining) }
        let response = draining.get("/readyz")
        #expect(response.status == 503)
        #expect(response.text == #"{"ready":false,"reasons":["The pool is shutting down."]}"#)
        #expect(draining.get("/healthz").status == 200)
        let warming = Sample.application(readiness: ["2 of 3 sessions are warm."])
        #expect(warming.get("/readyz").text.contains("2 of 3 sessions are warm."))
        #expect(warming.get("/pool/stats").text.contains(#""ready":false,"reasons":["2 of 3 sessions are warm."]"#))
        #expect(Sample.application().get("/readyz").text == #"{"ready":true,"reasons":[]}"#)
    }

    @Test func `a pool whose sessions must be warm is not ready while one of them is not`() {
        var warm = WarmUpStatistics()
        warm.runs = 1
        func condition(_ id: UInt64, _ warmUp: WarmUpStatistics, _ suspension: Suspension? = nil) -> SessionCondition {
            SessionCondition(
                origin: "https://api.example.com",
                id: id,
                health: SessionHealth(),
                warmUp: warmUp,
                suspension: suspension
            )
        }
        let cold = Sample.application(conditions: [condition(1, warm), condition(2, WarmUpStatistics())])
        #expect(cold.get("/readyz").status == 503)
        #expect(cold.get("/readyz").text.contains("1 of 2 sessions are not warm yet."))
        let ready = Sample.application(conditions: [condition(1, warm, .indefinite), condition(2, warm)])
        #expect(ready.get("/readyz").status == 200)
        let stats = ready.get("/pool/stats").text
        #expect(stats.contains(#""upkeep":{"warm_ups":1,"warm_up_failures":0,"last_warm_up_error":null,"#))
        #expect(stats.contains(#""suspended":true}"#) && stats.contains(#""suspended":false}"#))
    }

    // MARK: Token

    private let token = "correct-horse-battery"

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer correct-horse-batter", "Bearer correct-horse-battery2",
        "Bearer CORRECT-HORSE-BATTERY", "Basic correct-horse-battery", "correct-horse-battery",
        "Bearer correct-horse-batterycorrect-horse-battery", "Bearer correct-horse-battery, Bearer x",
    ])
    func `without the right token there is nothing to see`(_ authorization: String?) {
        let application = Sample.application(token: token)
        let fields = authorization.map { [(name: "authorization", value: $0)] } ?? []
        for path in ["/pool/stats", "/pool/history", "/metrics", "/healthz", "/readyz", "/nothing"] {
            let response = application.get(path, fields)
            #expect(response.status == 401 && response.field("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            #expect(!response.text.contains(token) && !response.text.contains("example.com"))
        }
        let page = application.get("/", fields)
        #expect(page.status == 401 && page.text.contains("This server wants its token"))
        #expect(!page.text.contains("example.com"))
    }

    @Test(arguments: ["Bearer correct-horse-battery", "bearer correct-horse-battery", "BEARER   correct-horse-battery"])
    func `the right token opens everything`(_ authorization: String) {
        let application = Sample.application(token: token)
        for path in ["/", "/pool/stats", "/metrics", "/healthz"] {
            #expect(application.get(path, [("Authorization", authorization)]).status == 200, "\(path)")
        }
    }

    @Test(arguments: ["", "short", "fifteen-letters", "sixteen letters!", "sixteen-lettersé", "sixteen-letters\n"])
    func `tokens that are easily guessed or cannot be sent are refused`(_ token: String) {
        var configuration = PoolServerConfiguration()
        configuration.token = token
        #expect(throws: PoolServerError.self) { try configuration.validate() }
        #expect(!"\(configuration)".contains("letters"))
    }

    // MARK: Page

    @Test func `the page has no outside assets, and holds no data`() {
        let page = Sample.application().get("/")
        #expect(page.field("Content-Type") == "text/html; charset=utf-8")
        #expect(page.field("Content-Security-Policy")?.contains("default-src 'none'") == true)
        for outside in ["src=", "@import", "url(", "//cdn", "https://"] { #expect(!page.text.contains(outside)) }
        #expect(page.text.contains("prefers-color-scheme: dark") && page.text.contains("width=device-width"))
        #expect(!page.text.contains("innerHTML"), "texts are set as text")
    }
}
