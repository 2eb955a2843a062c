import Testing

@testable import CurlTransport

/// libcurl's words about HTTP/2, of every version that has changed them.
@Suite struct HTTP2NoticeTests {
    @Test(arguments: [
        // lib/http2.c of 7.88.1, whose spelling of "received" it is, of 8.5.0 and 8.14.1, and of 8.22.
        ("recveived GOAWAY, error=0, last_stream=99\n", HTTP2Notice.goAway(lastStream: 99)),
        ("received GOAWAY, error=0, last_stream=0\n", .goAway(lastStream: 0)),
        ("received GOAWAY, error=11, last_stream=2147483647\n", .goAway(lastStream: 2_147_483_647)),
        ("Using Stream ID: 17 (easy handle 0x5581)\n", .streamOpened(17)),
        ("[HTTP/2] [3] OPENED stream for https://localhost:1/x\n", .streamOpened(3)),
        ("stream 5 closed\n", .streamClosed),
        // lib/transfer.c
        ("Connection died, retrying a fresh connect (retry count: 1)\n", .repeating),
        ("Connection died, tried 5 times before giving up\n", .repeating),
        // lib/vtls/openssl.c
        ("TLSv1.3 (IN), TLS alert, close notify (256):\n", .tlsAlert),
        ("TLSv1.2 (IN), TLS alert, internal error (592):\n", .tlsAlert),
        // lib/url.c and lib/cf-socket.c
        ("No connections available.\n", .waiting),
        ("No connections available, total of 4 reached.\n", .waiting),
        ("No more connections allowed to host: 1\n", .waiting),
        ("Found pending candidate for reuse and CURLOPT_PIPEWAIT is set\n", .waiting),
        ("Waiting on connection to negotiate possible multiplexing.\n", .waiting),
        ("Server doesn't support multiplex yet, wait\n", .waiting),
        ("  Trying 127.0.0.1:443...\n", .connecting),
        ("  Trying [::1]:443...\n", .connecting),
    ])
    func `what libcurl says is understood`(_ message: String, _ notice: HTTP2Notice) {
        #expect(Self.read(message) == notice)
    }

    @Test(arguments: [
        "", "\n", " ", "[", "[HTTP/2] [1] [:method: POST]\n", "[HTTP/2] [] OPENED stream for x\n", "stream  closed\n",
        "recveived GOAWAY, error=0, last_stream=\n", "received GOAWAY, error=0, last_stream=99999999999\n",
        "TLSv1.3 (OUT), TLS alert, close notify (256):\n", "TLSv1.3 (IN), TLS handshake, Newsession Ticket (4):\n",
        "Using Stream ID: \n", "Connection #0 to host localhost left intact\n", "Connection die",
    ])
    func `everything else is passed over`(_ message: String) {
        #expect(Self.read(message) == nil)
    }

    private static func read(_ message: String) -> HTTP2Notice? {
        unsafe Array(message.utf8).withUnsafeBytes { unsafe HTTP2Notice($0) }
    }
}
