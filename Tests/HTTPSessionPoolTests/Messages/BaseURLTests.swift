@testable import HTTPSessionPool
import TestSupport
import Testing

/// What may be a base URL, in which one spelling, and what is said about what may not.
struct BaseURLTests {
    @Test(arguments: [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("https://api.example.com/v1///", "https://api.example.com/v1"),
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("HTTPS://API.Example.COM/V1", "https://api.example.com/V1"),
        ("https://api.example.com:443/v1", "https://api.example.com/v1"),
        ("http://api.example.com:80", "http://api.example.com"),
        ("http://api.example.com:443", "http://api.example.com:443"),
        ("https://api.example.com.", "https://api.example.com"),
        ("https://api.example.com.:8443/x", "https://api.example.com:8443/x"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.", "http://127.0.0.0"), ("http://127.1./v1", "http://127.0.0.1/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("http://[2001:DB8::1]", "http://[2001:db8::1]"),
        ("http://[2001:db8:0:0::0001]", "http://[2001:db8::1]"),
        ("http://[fe80::1%25eth0]:8080/v1", "http://[fe80::1%25eth0]:8080/v1"),
        ("http://[FE80:0::1%eth0]", "http://[fe80::1%25eth0]"),
        ("http://[fe80::1%25Eth0]:80", "http://[fe80::1%25Eth0]"),
        ("https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84", "https://xn--e1afmkfd.xn--p1ai"),
        ("https://пример.рф", "https://xn--e1afmkfd.xn--p1ai"),
        ("https://ПРИМЕР.рф/v1", "https://xn--e1afmkfd.xn--p1ai/v1"),
        // RFC 3986, 2.1.
        ("https://a.test/путь", "https://a.test/%D0%BF%D1%83%D1%82%D1%8C"),
        ("http://host:65535", "http://host:65535"),
        ("http://host:1", "http://host:1"),
    ])
    func `one spelling`(text: String, normalised: String) throws {
        #expect(try BaseURL(text).description == normalised)
        #expect(try BaseURL(normalised) == BaseURL(text))
    }

    @Test(arguments: [
        "", " ", "https://", "http://", "://host", "host", "host:8080", "//host/path", "/path", "https:/host",
        "ftp://host", "file:///etc/passwd", "ws://host", "gopher://host", "javascript://host",
        "https://user@host", "https://user:secret@host", "https://:secret@host",
        "https://host:70000", "https://host:65536", "https://host:0", "https://host:-1", "https://host:port",
        "https://ho st", " https://host", "https://host ", "https://host\n", "https://host/\r\nX: y",
        "https://host\u{0}",
        "https://host?query", "https://host/v1?key=secret", "https://host#fragment",
        "https://[::1", "https://[zz::1]", "https://host:443:443",
        // RFC 3986, 3.2.2 and RFC 6874.
        "https://.aest|", "https://a|b.test", "https://a%7Cb.test", "https://a\"b", "https://a\\b", "https://a^b",
        "https://a`b", "https://a{b}", "https://a<b>", "https://a%01b", "https://a%20b", "https://a%7Fb",
        "https://a..", "https://a..b", "https://.a", "https://.", "https://..", "https://a%2E.",
        "https://a%25b", "https://a%2Fb", "https://a%40b", "https://a%3Ab", "https://a%5B", "https://a%23b",
        "https://a%",
        "http://[fe80::1%25a|b]", "http://[fe80::1%25a%7Cb]", "http://[fe80::1%25a b]", "http://[fe80::1%25a@b]",
    ])
    func `refused, with words and without secrets`(text: String) throws {
        let error = try #require(throws: SessionError.self) { try BaseURL(text) }
        #expect(error.code == .invalidURL)
        #expect(error.delivery == .notSent)
        #expect(error.isRetryable == false)
        #expect(error.message.count > 10)
        #expect(!error.description.contains("secret"))
    }

    @Test(arguments: [
        ("/models", "https://host/v1/models"),
        ("models", "https://host/v1/models"),
        ("", "https://host/v1"),
        ("/", "https://host/v1/"),
        ("?x=1", "https://host/v1?x=1"),
        ("/models?x=1&y=2", "https://host/v1/models?x=1&y=2"),
        ("https://host/other", "https://host/other"),
        ("HTTPS://HOST:443/other", "HTTPS://HOST:443/other"),
        ("/имя файла", "https://host/v1/%D0%B8%D0%BC%D1%8F%20%D1%84%D0%B0%D0%B9%D0%BB%D0%B0"),
        ("/a%20b", "https://host/v1/a%20b"),
        ("/time/12:30", "https://host/v1/time/12:30"),
    ])
    func `a request's path is resolved`(path: String, url: String) throws {
        #expect(try BaseURL("https://host/v1/").url(for: path) == url)
    }

    /// curl/curl#1441.
    @Test(arguments: [
        ("https://пример.рф/имя?x=1", "https://xn--e1afmkfd.xn--p1ai/%D0%B8%D0%BC%D1%8F?x=1"),
        ("https://ПРИМЕР.рф", "https://xn--e1afmkfd.xn--p1ai"),
        ("https://xn--e1afmkfd.xn--p1ai:443/a", "https://xn--e1afmkfd.xn--p1ai:443/a"),
        ("https://пример.рф?x", "https://xn--e1afmkfd.xn--p1ai?x"),
    ])
    func `an absolute URL with an international name is of its origin`(path: String, url: String) throws {
        #expect(try BaseURL("https://пример.рф").url(for: path) == url)
    }

    /// dotnet/corefx#28863, hyperium/hyper#1937, aio-libs/yarl#1862.
    @Test func `two zones are two origins`() throws {
        let first = try BaseURL("http://[fe80::1%25eth0]")
        #expect(try first != BaseURL("http://[fe80::1%25eth1]"))
        #expect(try first != BaseURL("http://[fe80::1]"))
        #expect(try first.url(for: "http://[fe80::1%25eth0]/x") == "http://[fe80::1%25eth0]/x")
    }

    @Test(arguments: [
        "/a\r\nX-Injected: yes", "/a\nb", "/a\u{0}b", "/a\tb", "/a\u{7f}", "/a#fragment",
        "https://other/secret", "http://host/secret", "https://host:8443/secret", "https://user:secret@host/",
    ])
    func `a path that would leave the origin or the request line is refused`(path: String) throws {
        let error = try #require(throws: SessionError.self) { try BaseURL("https://host/v1").url(for: path) }
        #expect(error.code == .invalidURL)
        #expect(!error.description.contains("secret"))
        #expect(!error.description.contains("Injected"))
    }
}
