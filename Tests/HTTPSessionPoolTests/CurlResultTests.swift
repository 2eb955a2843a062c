import CurlTransport
@testable import HTTPSessionPool
import Testing

/// What libcurl's result codes become.
@Suite struct `libcurl's result codes` {
    private static let ours: Set<UInt32> = [2, 26, 42, 48, 49, 93, 99]

    private func error(_ code: UInt32, wasSent: Bool, usedProxy: Bool = false) -> SessionError.Code {
        CurlResult.explain(code, "words", wasSent: wasSent, usedProxy: usedProxy).0
    }

    @Test func `none that a peer can cause is an internal error, those of later versions included`() {
        for code: UInt32 in 1...130 where !Self.ours.contains(code) {
            #expect(error(code, wasSent: true) != .internalError, "\(code)")
            #expect(error(code, wasSent: false, usedProxy: true) != .internalError, "\(code)")
        }
        for code in Self.ours { #expect(error(code, wasSent: true) == .internalError) }
    }

    @Test func `an answer that is none is malformed`() {
        for code: UInt32 in [1, 8, 23, 43, 61] { #expect(error(code, wasSent: true) == .malformedResponse) }
        for code: UInt32 in [27, 100] { #expect(error(code, wasSent: true) == .headersTooLarge) }
        for code: UInt32 in [16, 18, 52, 55, 56, 92, 95] { #expect(error(code, wasSent: true) == .connectionLost) }
    }

    @Test func `a proxy that talks nonsense has failed, and a host without one`() {
        for code: UInt32 in [1, 7, 8, 27, 43, 52, 55, 56, 97, 100] {
            #expect(error(code, wasSent: false, usedProxy: true) == .proxyFailed)
        }
        for code: UInt32 in [7, 52, 55, 56, 96] { #expect(error(code, wasSent: false) == .connectionFailed) }
    }

    @Test(arguments: [
        "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0",
        "OpenSSL SSL_read: error:0A000412:SSL routines::sslv3 alert bad certificate, errno 0",
        "OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert unknown ca, errno 0",
    ])
    func `an alert in the place of the answer is a failure of TLS (rustls#1707)`(_ words: String) {
        #expect(CurlResult.explain(56, words, wasSent: true, usedProxy: false).0 == .tlsHandshakeFailed)
    }

    @Test func `an alert that ends a connection which was good before is a loss`() {
        let words = "OpenSSL SSL_read: error:0A000438:SSL routines::tlsv1 alert internal error, errno 0"
        #expect(CurlResult.explain(56, words, wasSent: true, usedProxy: false).0 == .connectionLost)
    }
}
