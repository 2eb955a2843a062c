@testable import HTTPSessionPool
import TestSupport
import Testing

/// Answers whose header section RFC 9110 and RFC 9112 do not allow, and those that only look so.
@Suite(.timeLimit(.minutes(1)))
struct AnswerSyntaxTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String

        var testDescription: String { name }

        init(_ name: String, _ head: String, status: String = "200 OK", body: String = "hello") {
            self.name = name
            text = "HTTP/1.1 \(status)\r\n\(head)\r\n\r\n\(body)"
        }
    }

    /// RFC 9112, section 6.3; valyala/fasthttp#2294 and #2191, python-hyper/h11#92, httpwg/http-core#59, nodejs/node#6517.
    private static let lengths = [
        Answer("the last of two is shorter", "Content-Length: 7\r\nContent-Length: 5", body: "helloxx"),
        Answer("the last of two is longer", "Content-Length: 5\r\nContent-Length: 7"),
        Answer("two in different cases", "Content-Length: 5\r\ncontent-length: 6"),
        Answer("apart", "Content-Length: 5\r\nX: y\r\nContent-Length: 0"),
        Answer("a list", "Content-Length: 5, 6"),
        Answer("a list without blanks", "Content-Length: 5,6"),
        Answer("a list and another line", "Content-Length: 5, 5\r\nContent-Length: 6"),
        Answer("digits and letters", "Content-Length: 5abc"),
        Answer("hexadecimal", "Content-Length: 0x5"),
        Answer("a plus", "Content-Length: +5"),
        Answer("a minus", "Content-Length: -5"),
        Answer("a fraction", "Content-Length: 5.0"),
        Answer("two numbers", "Content-Length: 5 5"),
        Answer("a parameter", "Content-Length: 5;q=1"),
        Answer("quoted", "Content-Length: \"5\""),
        Answer("nothing", "Content-Length:"),
        Answer("blanks", "Content-Length:  \t "),
        Answer("a comma", "Content-Length: ,"),
        Answer("more than 64 bits", "Content-Length: 18446744073709551621"),
        Answer("more than 63 bits", "Content-Length: 9223372036854775808"),
        Answer("folded on", "Content-Length: 5\r\n 5"),
        Answer("other digits", "Content-Length: ５"),
        Answer("a status without a body is not meant", "Content-Length: 5x", status: "205 Reset Content"),
    ]

    /// RFC 9110, section 5.5; apple/servicetalk#3022, yhirose/cpp-httplib#1908, ruby/webrick#137.
    private static let values =
        [
            Answer("a CR that might begin a field", "X-A: a\rSet-Cookie: evil\r\nContent-Length: 5"),
            Answer("a CR at the end", "X-A: a\r\r\nContent-Length: 5"),
            Answer("a CR at the start", "X-A:\ra\r\nContent-Length: 5"),
            Answer("a CR in a long value", "X-A: \(String(repeating: "a", count: 61))\rb\r\nContent-Length: 5"),
            Answer("a CR in a folded line", "X-A: a\r\n b\rc\r\nContent-Length: 5"),
            Answer("a CR in the reason", "Content-Length: 5", status: "200 O\rK"),
        ]
        + ["\u{0}", "\u{1}", "\u{8}", "\u{b}", "\u{c}", "\u{1b}", "\u{1f}", "\u{7f}"].map {
            Answer("the control \($0.unicodeScalars.first?.value ?? 0)", "X-A: a\($0)b\r\nContent-Length: 5")
        }

    /// RFC 9112, sections 2.2, 5 and 5.1.
    private static let names = [
        Answer("no colon", "nothing\r\nContent-Length: 5"),
        Answer("no name", ": a\r\nContent-Length: 5"),
        Answer("a blank before the colon", "X-A : a\r\nContent-Length: 5"),
        Answer("a tab before the colon", "X-A\t: a\r\nContent-Length: 5"),
        Answer("a blank before the colon of a length", "Content-Length : 5"),
        Answer("a blank in it", "X A: a\r\nContent-Length: 5"),
        Answer("a bracket", "X(A): a\r\nContent-Length: 5"),
        Answer("a slash", "X/A: a\r\nContent-Length: 5"),
        Answer("a letter beyond ASCII", "Ключ: a\r\nContent-Length: 5"),
        Answer("another status line", "HTTP/1.1 500 No\r\nContent-Length: 5"),
        Answer("a field that might be a status line", "HTTP/1.1: 500\r\nContent-Length: 5"),
        Answer("a continuation first", " X-A: a\r\nContent-Length: 5"),
        Answer("a continuation by a tab first", "\tX-A: a\r\nContent-Length: 5"),
        Answer("an unasked upgrade", "Upgrade: foo\r\nConnection: Upgrade", status: "101 Switching Protocols"),
        Answer("a trailer without a colon", "Transfer-Encoding: chunked", body: "5\r\nhello\r\n0\r\nno colon\r\n\r\n"),
    ]

    @Test(arguments: lengths + values + names, CancellationTests.Kind.allCases)
    func `an invalid answer is refused, and its connection closed`(
        answer: Answer,
        kind: CancellationTests.Kind
    ) async throws {
        try await SessionFixture.run { request in
            request.target == "/bad" ? .raw(answer.text) : .text("ok")
        } _: { fixture in
            let error = await failure { try await kind.run(fixture.session, "/bad") }
            #expect(error?.code == .malformedResponse)
            #expect(error?.delivery == .maybeProcessed)
            #expect(error?.description.contains("evil") == false)
            try await fixture.server.waitForOpenConnections(0)
            #expect(try await fixture.session.get("/").text == "ok")
        }
    }

    private static let valid = [
        Answer("the same length twice", "Content-Length: 5\r\nContent-Length: 5"),
        Answer("the same length with zeros", "Content-Length: 5\r\nContent-Length: 005"),
        Answer("blanks around it", "Content-Length: \t 5 \t"),
        Answer("no blanks", "content-length:5"),
        Answer(
            "chunks beside one length",
            "Content-Length: 3\r\nTransfer-Encoding: chunked",
            body: "5\r\nhello\r\n0\r\n\r\n"
        ),
        Answer("a tab in a value", "X-A: a\tb\r\nContent-Length: 5"),
        Answer("no value", "X-A:\r\nContent-Length: 5"),
        Answer("a colon in a value", "X-A: a:b\r\nContent-Length: 5"),
        Answer("every letter of a token", "!#$%&'*+-.^_`|~09AZaz: a\r\nContent-Length: 5"),
        Answer("hints before it", "Content-Length: 5", status: "103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK"),
    ]

    @Test(arguments: valid)
    func `a valid answer is taken`(answer: Answer) async throws {
        try await SessionFixture.run { _ in
            .raw(answer.text)
        } _: { fixture in
            for _ in 0..<2 {
                let response = try await fixture.session.get("/")
                #expect(response.status == 200)
                #expect(response.text == "hello")
            }
            #expect(fixture.server.acceptedConnections == 1)
        }
    }

    private static let folds = [
        Answer("folded away", "Content-Length:\r\n 5"),
        Answer("a folded coding", "Transfer-Encoding:\r\n chunked", body: "5\r\nhello\r\n0\r\n\r\n"),
        Answer("a folded trailer", "Transfer-Encoding: chunked", body: "5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n"),
    ]

    /// RFC 9112, section 5.2, allows both.
    ///
    /// libcurl unfolds fields itself since 8.18 (curl/curl#19949), and frames by what it has unfolded; newer ones refuse a
    /// folded trailer.
    @Test(arguments: folds)
    func `folded framing is unfolded or refused`(answer: Answer) async throws {
        try await SessionFixture.run { request in
            request.target == "/folded" ? .raw(answer.text) : .text("ok")
        } _: { fixture in
            do {
                #expect(try await fixture.session.get("/folded").text == "hello")
            } catch let error as SessionError {
                #expect(error.delivery == .maybeProcessed)
                try await fixture.server.waitForOpenConnections(0)
            }
            #expect(try await fixture.session.get("/").text == "ok")
        }
    }

    @Test(arguments: [204, 304])
    func `a length is not looked at where a body cannot be`(status: Int) async throws {
        try await SessionFixture.run { _ in
            .raw("HTTP/1.1 \(status) Status\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n")
        } _: { fixture in
            for method in [Method.get, .head] {
                let response = try await fixture.session.send(Request(method, "/"))
                #expect(response.status.rawValue == status)
            }
        }
    }

    /// seanmonstar/httparse#68, dart-lang/sdk#53185, ruby/net-http#348.
    @Test func `folded lines belong to the field before them`() async throws {
        let lines = [
            "X-Long: first", " second", "\tthird: x", "X-Empty:", "  \t value", "X-Blank: a", " ", "\t b",
            "Content-Type: text/event-stream;", " charset=utf-8", "Location: /there", "   and here",
            "Content-Length: 2",
        ]
        try await SessionFixture.run { _ in
            .raw((["HTTP/1.1 200 OK"] + lines + ["", "ok"]).joined(separator: "\r\n"))
        } _: { fixture in
            let headers = try await fixture.session.get("/").headers
            #expect(headers["x-long"] == "first second third: x")
            #expect(headers["x-empty"] == "value")
            #expect(headers["x-blank"] == "a b")
            #expect(headers["content-type"] == "text/event-stream; charset=utf-8")
            #expect(headers["location"] == "/there and here")
            #expect(headers["third"] == nil)
            #expect(headers.count == 6)
        }
    }
}
