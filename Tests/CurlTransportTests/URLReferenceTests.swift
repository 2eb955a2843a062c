@testable import CurlTransport
import Testing

/// References as RFC 3986 resolves them, and what redirects really hold.
struct URLReferenceTests {
    /// RFC 3986, sections 5.4.1 and 5.4.2, without fragments, which are not sent.
    private static let examples: [(String, String)] = [
        ("g", "/b/c/g"), ("./g", "/b/c/g"), ("g/", "/b/c/g/"), ("/g", "/g"), ("?y", "/b/c/d;p?y"), ("g?y", "/b/c/g?y"),
        ("#s", "/b/c/d;p?q"), ("g#s", "/b/c/g"), ("g?y#s", "/b/c/g?y"), (";x", "/b/c/;x"), ("g;x", "/b/c/g;x"),
        ("g;x?y#s", "/b/c/g;x?y"), ("", "/b/c/d;p?q"), (".", "/b/c/"), ("./", "/b/c/"), ("..", "/b/"), ("../", "/b/"),
        ("../g", "/b/g"), ("../..", "/"), ("../../", "/"), ("../../g", "/g"),
        ("../../../g", "/g"), ("../../../../g", "/g"), ("/./g", "/g"), ("/../g", "/g"), ("g.", "/b/c/g."),
        (".g", "/b/c/.g"), ("g..", "/b/c/g.."), ("..g", "/b/c/..g"), ("./../g", "/b/g"), ("./g/.", "/b/c/g/"),
        ("g/./h", "/b/c/g/h"), ("g/../h", "/b/c/h"), ("g;x=1/./y", "/b/c/g;x=1/y"), ("g;x=1/../y", "/b/c/y"),
        ("g?y/./x", "/b/c/g?y/./x"), ("g?y/../x", "/b/c/g?y/../x"), ("g#s/./x", "/b/c/g"), ("g#s/../x", "/b/c/g"),
    ]

    @Test(arguments: examples)
    func `an example of RFC 3986, 5-4`(reference: String, path: String) throws {
        #expect(try CurlURL.resolve(reference, against: "http://a/b/c/d;p?q") == "http://a\(path)")
    }

    @Test(arguments: ["", "#s"])
    func `a base with dots is what was asked for`(reference: String) throws {
        #expect(try CurlURL.resolve(reference, against: "http://a/b/../c/.?q") == "http://a/c/?q")
    }

    @Test func `another host`() throws {
        #expect(try CurlURL.resolve("//g", against: "http://a/b/c/d;p?q") == "http://g/")
        #expect(try CurlURL.resolve("https://g:8443?x", against: "http://a/b") == "https://g:8443/?x")
        #expect(try CurlURL.resolve("HTTP://G/A", against: "http://a/b").lowercased() == "http://g/a")
    }

    /// AsyncHttpClient/async-http-client#268, snoyberg/http-client#83, pokeb/asi-http-request#154.
    @Test(arguments: [
        ("http://b/new place", "http://b/new%20place"), ("/new place", "http://a/new%20place"),
        ("new place?a b=c d", "http://a/x/new%20place?a%20b=c%20d"), ("?a b+c", "http://a/x/y?a%20b+c"),
        ("http://b/?a b", "http://b/?a%20b"), ("http://b?a b", "http://b/?a%20b"),
        ("/é", "http://a/%C3%A9"), ("http://b/é?ü", "http://b/%C3%A9?%C3%BC"), ("/%20", "http://a/%20"),
        ("/e\u{301}/\u{301}f", "http://a/e%CC%81/%CC%81f"), ("/a\tb", "http://a/a%09b"),
        ("/\\evil", "http://a/%5Cevil"),
        ("\\\\evil/x", "http://a/x/%5C%5Cevil/x"), ("#a b", "http://a/x/y?z"), ("#/../?", "http://a/x/y?z"),
        ("/a:b", "http://a/a:b"), ("./a:b", "http://a/x/a:b"),
    ])
    func `what cannot stand in a URL is encoded`(reference: String, target: String) throws {
        #expect(try CurlURL.resolve(reference, against: "http://a/x/y?z") == target)
    }

    /// curl/curl#1441 and PR 1772, letsencrypt/boulder#4511.
    @Test(arguments: [
        "http://пример.рф:81/x", "//пример.рф:81/x", "http://ПРИМЕР.рф:81/x",
        "http://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84:81/x",
    ])
    func `an international name becomes ASCII`(reference: String) throws {
        #expect(try CurlURL.resolve(reference, against: "http://a/") == "http://xn--e1afmkfd.xn--p1ai:81/x")
    }

    @Test func `a zone stays`() throws {
        #expect(try CurlURL.resolve("/x", against: "http://[fe80::1%25eth0]:81/") == "http://[fe80::1%25eth0]:81/x")
        #expect(try CurlURL.resolve("http://[FE80::1%25eth0]/x", against: "http://a/") == "http://[fe80::1%25eth0]/x")
    }

    @Test(arguments: [
        "http:g", "http:/g", "mailto:a@b", "http://", "http:///x", "http://a b/", "http://a%20b/", "//", "http://[::1/",
    ])
    func `what names no host is refused`(reference: String) {
        #expect(throws: CurlURL.ParseError.self) { try CurlURL.resolve(reference, against: "http://a/b") }
    }
}
