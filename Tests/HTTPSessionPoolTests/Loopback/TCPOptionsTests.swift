import Foundation
import Glibc
@testable import HTTPSessionPool
import TestSupport
import Testing

/// What the kernel is told about a session's sockets.
@Suite(.timeLimit(.minutes(1))) struct TCPOptionsTests {
    /// Options of the sockets of this process that lead to a port.
    private static func options(_ name: Int32, level: Int32, ofSocketsTo port: UInt16) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init).compactMap {
            descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                    unsafe getpeername(descriptor, peer, &length)
                }
            }
            guard code == 0, address.sin_family == AF_INET, UInt16(bigEndian: address.sin_port) == port else {
                return nil
            }
            var value: Int32 = -1
            var size = socklen_t(MemoryLayout<Int32>.size)
            return unsafe getsockopt(descriptor, level, name, &value, &size) == 0 ? value : nil
        }
    }

    @Test func `by default a peer that has vanished is noticed within a minute`() async throws {
        try await SessionFixture.run { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            let port = fixture.server.port
            let tcp = Int32(IPPROTO_TCP)
            #expect(try Self.options(SO_KEEPALIVE, level: SOL_SOCKET, ofSocketsTo: port) == [1])
            #expect(try Self.options(TCP_KEEPIDLE, level: tcp, ofSocketsTo: port) == [30])
            #expect(try Self.options(TCP_USER_TIMEOUT, level: tcp, ofSocketsTo: port) == [60_000])
        }
    }

    @Test func `the options follow the configuration`() async throws {
        try await SessionFixture.run {
            $0.tcp.keepAliveIdle = .seconds(7)
            $0.tcp.userTimeout = .milliseconds(1_500)
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            let tcp = Int32(IPPROTO_TCP)
            #expect(try Self.options(TCP_KEEPIDLE, level: tcp, ofSocketsTo: fixture.server.port) == [7])
            #expect(try Self.options(TCP_USER_TIMEOUT, level: tcp, ofSocketsTo: fixture.server.port) == [1_500])
        }
    }

    @Test func `they can be left to the kernel`() async throws {
        try await SessionFixture.run {
            $0.tcp.keepAliveIdle = nil
            $0.tcp.userTimeout = nil
        } handler: { _ in
            .text("ok")
        } _: { fixture in
            _ = try await fixture.session.get("/")
            let port = fixture.server.port
            #expect(try Self.options(SO_KEEPALIVE, level: SOL_SOCKET, ofSocketsTo: port) == [0])
            #expect(try Self.options(TCP_USER_TIMEOUT, level: Int32(IPPROTO_TCP), ofSocketsTo: port) == [0])
        }
    }

    @Test(arguments: [Duration.zero, .milliseconds(999), .seconds(40_000)])
    func `an idle time that the kernel does not take is refused`(_ idle: Duration) async throws {
        var configuration = SessionConfiguration()
        configuration.tcp.keepAliveIdle = idle
        let error = #expect(throws: SessionError.self) {
            try Session("https://localhost", configuration: configuration)
        }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("tcp.keepAliveIdle") == true)
    }

    @Test(arguments: [Duration.zero, .microseconds(10), .seconds(100_000)])
    func `a time limit that the kernel does not take is refused`(_ timeout: Duration) async throws {
        var configuration = SessionConfiguration()
        configuration.tcp.userTimeout = timeout
        let error = #expect(throws: SessionError.self) {
            try Session("https://localhost", configuration: configuration)
        }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("tcp.userTimeout") == true)
    }
}
