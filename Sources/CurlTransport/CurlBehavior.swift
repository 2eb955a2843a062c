/// What libcurl does differently from version to version, as far as this package has to know: the one place that asks.
///
/// Every property names the version that changed and where that can be read. A value of it can be made for any version,
/// so that tests cover the branches that the installed libcurl does not take.
package struct CurlBehavior: Sendable, Hashable {
    /// The version as one number, `0x075801` for 7.88.1.
    package let versionNumber: UInt32

    /// The behaviour of a version.
    package init(versionNumber: UInt32) {
        self.versionNumber = versionNumber
    }

    /// The behaviour of the libcurl that is loaded.
    package static let current = CurlBehavior(versionNumber: CurlGlobal.shared.versionNumber)

    /// Whether requests that wait to learn if they may share a connection go on as soon as it turns out that they may not.
    ///
    /// Since curl 8.10.0, which took `Curl_multiuse_state` out (1be704e17e), only a connection that can be shared wakes those
    /// that `CURLOPT_PIPEWAIT` makes wait. Behind a server of HTTP/1.1 they wait until its first answer has ended.
    package var wakesWaitersForHTTP1: Bool { !isAtLeast(8, 10) }

    /// Whether a paused transfer is read on.
    ///
    /// curl 8.5, and no other: it goes on to ask for a connected socket's bytes (47f5b1a37f; curl/curl#12632, mended by
    /// 8e2d7b9fa4 in 8.6.0), keeps up to 64 MB of them, and then fails.
    package var readsPausedTransfers: Bool { isAtLeast(8, 5) && !isAtLeast(8, 6) }

    private func isAtLeast(_ major: UInt32, _ minor: UInt32, _ patch: UInt32 = 0) -> Bool {
        versionNumber >= major << 16 | minor << 8 | patch
    }

    /// Whether the package works with it at all: 7.88.1 is the oldest that the tests run on.
    package var isSupported: Bool { isAtLeast(7, 88, 1) }

    /// Whether HTTP/2 with prior knowledge (h2c) loses no early answers.
    ///
    /// curl 8.0.0, which made HTTP/2 a connection filter. Before it, an answer that comes with the server's settings is lost,
    /// and the connection cannot be used again.
    package var supportsPriorKnowledge: Bool { isAtLeast(8, 0) }

    /// Whether a request on HTTP/2 that libcurl repeats without a word of an error was refused by the server.
    ///
    /// Before curl 8.7.0 the end of a connection is `CURLE_RECV_ERROR` too (lib/http2.c, `stream_recv`; 7.88 repeats where
    /// reading a closed stream returns 0), and a POST that may have been processed would be repeated.
    package var repeatsOnlyRefusedStreams: Bool { isAtLeast(8, 7) }

    /// Whether a request on HTTP/2 may end without an answer and without an error, and be repeated like a refused one.
    ///
    /// Before curl 8.1.0, `cf_h2_recv` (lib/http2.c) reads nothing, and takes it for an orderly end, on a connection that
    /// nghttp2 has ended because of what the server sent, and on a stream that was reset while another stream's bytes wait
    /// to be taken ("closed overrides paused"). The latter, in the middle of a body whose length was not announced, cannot be
    /// told from its end.
    package var endsHTTP2WithoutError: Bool { !isAtLeast(8, 1) }

    /// Whether HTTP/2 is good enough to be chosen by ALPN: paused streams are bounded, and connections are not overrun.
    ///
    /// Before curl 8.1.0 paused streams are buffered without bound, and a multi handle opens more connections than it
    /// needs, overruns the stream limit of each new one, and gives up after five refusals.
    package var sharesHTTP2Well: Bool { isAtLeast(8, 1) }

    /// Whether a handle's repetitions of requests are counted over all its requests, and the sixth is refused.
    ///
    /// Until curl 8.17.0 (curl/curl#18926): `CONN_MAX_RETRIES` in `Curl_retry_request`.
    package var countsResendsOfHandle: Bool { !isAtLeast(8, 17) }

    /// Whether the pieces that a paused transfer has not taken stay with its handle when its stream ends before its
    /// connection, and come with the next request's.
    ///
    /// Until curl 8.4.0, where `multi_done` cleans up before it looks whether the connection is in use: `state.tempwrite`.
    package var keepsPausedPieces: Bool { !isAtLeast(8, 4) }
}
