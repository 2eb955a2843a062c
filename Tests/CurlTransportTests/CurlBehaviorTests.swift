import CurlTransport
import Foundation
import Testing

/// What differs between versions of libcurl, asked for versions that are not installed here.
@Suite struct CurlBehaviorTests {
    private static func behavior(_ major: UInt32, _ minor: UInt32, _ patch: UInt32 = 0) -> CurlBehavior {
        CurlBehavior(versionNumber: major << 16 | minor << 8 | patch)
    }

    @Test func `the oldest version is 7.88.1`() {
        #expect(!Self.behavior(7, 88, 0).isSupported)
        #expect(Self.behavior(7, 88, 1).isSupported)
        #expect(Self.behavior(8, 0).isSupported)
    }

    @Test func `HTTP/2 without TLS since 8.0, and shared well since 8.1`() {
        #expect(!Self.behavior(7, 88, 1).supportsPriorKnowledge)
        #expect(Self.behavior(8, 0).supportsPriorKnowledge)
        #expect(!Self.behavior(8, 0, 1).sharesHTTP2Well)
        #expect(Self.behavior(8, 1).sharesHTTP2Well)
    }

    @Test func `requests that wait are forgotten since 8.10`() {
        #expect(Self.behavior(8, 9, 1).wakesWaitersForHTTP1)
        #expect(!Self.behavior(8, 10).wakesWaitersForHTTP1)
        #expect(!Self.behavior(8, 23).wakesWaitersForHTTP1)
    }

    // curl/curl#12632
    @Test func `only 8.5 reads paused transfers on`() {
        #expect(!Self.behavior(8, 4).readsPausedTransfers)
        #expect(Self.behavior(8, 5).readsPausedTransfers)
        #expect(Self.behavior(8, 5, 1).readsPausedTransfers)
        #expect(!Self.behavior(8, 6).readsPausedTransfers)
    }

    @Test func `the tests run on the libcurl that they were started for`() {
        let expected = ProcessInfo.processInfo.environment["EXPECTED_LIBCURL"]
        #expect(expected.map { CurlGlobal.shared.version.hasPrefix($0) } ?? true)
    }
}
