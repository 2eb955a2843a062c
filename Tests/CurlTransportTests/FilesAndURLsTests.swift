@testable import CurlTransport
import Foundation
import TestSupport
import Testing

/// The roots that are trusted: the system's are kept, further ones come on top, and nobody else can change them.
struct CABundleTests {
    private static let certificate = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)

    @Test func `without further roots the system's own file is used`() throws {
        let bundle = try CABundle(trustsSystemRoots: true, additional: [])
        #expect(bundle.path == CABundle.systemFile)
    }

    @Test func `a further root comes on top of the system's`() throws {
        let system = try SystemFile.read(try #require(CABundle.systemFile))
        let bundle = try CABundle(trustsSystemRoots: true, additional: [Self.certificate])
        let bytes = try SystemFile.read(bundle.path)
        #expect(bytes.starts(with: system))
        #expect(bytes.suffix(Self.certificate.count) == Self.certificate[...])
        let alone = try CABundle(trustsSystemRoots: false, additional: [Self.certificate])
        #expect(try SystemFile.read(alone.path).count < 100)
    }

    @Test func `the same roots have one fingerprint, others another`() throws {
        let other = Array("-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n".utf8)
        let first = try CABundle(trustsSystemRoots: false, additional: [Self.certificate]).fingerprint
        #expect(try CABundle(trustsSystemRoots: false, additional: [Self.certificate]).fingerprint == first)
        #expect(try CABundle(trustsSystemRoots: false, additional: [other]).fingerprint != first)
        #expect(try CABundle(trustsSystemRoots: true, additional: [Self.certificate]).fingerprint != first)
    }

    @Test func `the file is in memory, nobody else's, and goes with its owner`() async {
        // In a process of its own: another test could get the descriptor's number.
        await #expect(processExitsWith: .success) {
            let descriptors = try ProcessFacts.openDescriptors()
            func use() throws {
                let bundle = try CABundle(
                    trustsSystemRoots: false,
                    additional: [Array("-----BEGIN CERTIFICATE-----\n".utf8)]
                )
                let target = try FileManager.default.destinationOfSymbolicLink(atPath: bundle.path)
                try invariant(target.hasPrefix("/memfd:"), "the bundle is \(target)")
                try invariant(try ProcessFacts.openDescriptors() == descriptors + 1, "more than one descriptor")
                withExtendedLifetime(bundle) {}
            }
            try use()
            try invariant(try ProcessFacts.openDescriptors() == descriptors, "the descriptor is left")
        }
    }

    @Test(arguments: ["", "no certificate", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
    func `a text without a certificate is refused`(text: String) {
        #expect(throws: CABundle.Failure.self) {
            try CABundle(trustsSystemRoots: true, additional: [Array(text.utf8)])
        }
    }

    @Test func `trusting nobody is refused`() {
        #expect(throws: CABundle.Failure.self) { try CABundle(trustsSystemRoots: false, additional: []) }
    }
}

/// Whole files.
struct SystemFileTests {
    @Test func `a file is read whole`() throws {
        let directory = try TemporaryDirectory()
        let text = String(repeating: "0123456789", count: 20_000)
        #expect(try SystemFile.read(directory.write("a", text)) == Array(text.utf8))
        #expect(try SystemFile.read(directory.write("empty", "")).isEmpty)
        #expect(SystemFile.isReadable(directory.file("a")))
        #expect(!SystemFile.isReadable(directory.file("b")))
    }

    @Test func `a file that is not there, too large, or no file`() throws {
        let directory = try TemporaryDirectory()
        let missing = #expect(throws: SystemFile.Failure.self) { try SystemFile.read(directory.file("missing")) }
        #expect(missing?.code == ENOENT)
        try directory.write("large", String(repeating: "x", count: 1_000))
        let large = #expect(throws: SystemFile.Failure.self) {
            try SystemFile.read(directory.file("large"), limit: 999)
        }
        #expect(large?.code == EFBIG)
        let folder = #expect(throws: SystemFile.Failure.self) { try SystemFile.read(directory.path) }
        #expect(folder?.code == EISDIR)
    }
}

/// URLs as libcurl reads them.
struct CurlURLTests {
    @Test func `the parts of a URL`() throws {
        let url = try CurlURL("HTTPS://User:Pass@Host.Example:8443/a/b?x=1#end")
        #expect(url.scheme == "https")
        #expect(url.host == "host.example")
        #expect(url.port == 8_443)
        #expect(url.path == "/a/b")
        #expect(url.query == "x=1")
        #expect(url.fragment == "end")
        #expect(url.hasCredentials)
        #expect(try CurlURL("http://host").path == "/")
        #expect(try CurlURL("http://host").port == nil)
        #expect(try !CurlURL("http://host").hasCredentials)
        #expect(try CurlURL("http://[::1]:80/").host == "[::1]")
    }

    @Test(arguments: [
        ("/b", "http://host/b"), ("b", "http://host/a/b"), ("?x=2", "http://host/a/?x=2"), ("#s", "http://host/a/?x=1"),
        ("//other/c", "http://other/c"), ("https://other/c", "https://other/c"), ("../c", "http://host/c"),
        ("/b#fragment", "http://host/b"),
    ])
    func `a reference is resolved as RFC 3986 says`(reference: String, target: String) throws {
        #expect(try CurlURL.resolve(reference, against: "http://host/a/?x=1") == target)
    }

    @Test(arguments: ["", "http://", "http://host:99999", "http://ho st/"])
    func `what is no URL is refused in words`(text: String) {
        let error = #expect(throws: CurlURL.ParseError.self) { try CurlURL(text) }
        #expect(error?.message.isEmpty == false)
    }

    @Test func `a URL is given to libcurl in parts, unless that would change it`() {
        #expect(URLHandle("https://example.com:8443/v1/chat?x=1#y") != nil)
        #expect(URLHandle("http://[::1]:80/") != nil)
        // libcurl before 8.3 forgets the zone when it copies the parts.
        #expect(URLHandle("http://[fe80::1%25lo]:80/") == nil)
        #expect(URLHandle("http://exa mple/") == nil)
        #expect(URLHandle("") == nil)
    }
}
