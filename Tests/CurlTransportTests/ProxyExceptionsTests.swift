@testable import CurlTransport
import Testing

/// `NO_PROXY` in the forms that programs give it.
struct ProxyExceptionsTests {
    /// curl/curl#19828, psf/requests#6313, curl/curl#2353, curl/curl#9773, oven-sh/bun#26347, Go's httpproxy.
    private static let forms: [(String, String, Bool)] = [
        ("127.0.0.0/8", "http://127.0.0.1:81", true), ("127.0.0.1/32", "http://127.0.0.1:81", true),
        ("10.0.0.0/8", "http://127.0.0.1:81", false), ("127.0.0.1", "http://127.0.0.1:81", true),
        ("127.0.0.1:81", "http://127.0.0.1:81", true), ("127.0.0.1:82", "http://127.0.0.1:81", false),
        ("localhost", "http://localhost:81", true), ("LOCALHOST", "http://localhost:81", true),
        ("localhost:81", "http://localhost:81", true), ("localhost:82", "http://localhost:81", false),
        ("*", "http://localhost:81", true), ("*", "http://[::1]:81", true), ("*:82", "http://localhost:81", false),
        (".localhost", "http://a.localhost:81", true), ("localhost", "http://a.localhost:81", true),
        ("*.localhost", "http://a.localhost:81", true), ("*.localhost", "http://a.b.localhost:81", true),
        ("*.localhost", "http://localhost:81", false), (".localhost", "http://localhost:81", true),
        ("*.localhost:81", "http://a.localhost:81", true), (".localhost:82", "http://a.localhost:81", false),
        ("foo , a.localhost", "http://a.localhost:81", true), ("foo a.localhost", "http://a.localhost:81", true),
        ("localhost", "http://xlocalhost:81", false), ("localhost.", "http://localhost:81", true),
        ("localhost", "http://localhost.:81", true), (" localhost ", "http://localhost:81", true),
        ("", "http://localhost:81", false), (",,", "http://localhost:81", false),
        ("::1", "http://[::1]:81", true), ("[::1]", "http://[::1]:81", true), ("::/0", "http://[::1]:81", true),
        ("::1/128", "http://[::1]:81", true), ("[::1]:81", "http://[::1]:81", true),
        ("[::1]:82", "http://[::1]:81", false),
        ("::2", "http://[::1]:81", false), ("0:0:0:0:0:0:0:1", "http://[::1]:81", true),
        ("::/129", "http://[::1]:81", false),
        ("fe80::/10", "http://[fe80::1%25eth0]:81", true), ("fd00::/9", "http://[fd80::1]", false),
        ("fd00::/8", "http://[fd80::1]", true), ("127.0.0.0/33", "http://127.0.0.1:81", false),
        ("127.0.0.0/-1", "http://127.0.0.1:81", false), ("0.0.0.0/0", "http://127.0.0.1:81", true),
        ("0.0.0.0/0", "http://localhost", false), ("127.0.0.0/8", "http://[::ffff:127.0.0.1]", true),
        ("0.1", "http://127.0.0.1:81", false), ("example.com:443", "https://example.com", true),
        ("example.com:80", "https://example.com", false), ("пример.рф", "http://xn--e1afmkfd.xn--p1ai", true),
        ("localhost:81:82", "http://localhost:81", false), ("localhost:x", "http://localhost:81", false),
        ("*ocalhost", "http://localhost:81", false), ("/", "http://localhost:81", false),
        (":81", "http://localhost:81", false),
    ]

    @Test(arguments: forms)
    func `a form`(list: String, url: String, isExcepted: Bool) {
        #expect(ProxyExceptions(list).contains(url: url) == isExcepted)
    }
}
