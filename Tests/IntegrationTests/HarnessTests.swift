import Glibc
import TestSupport
import Testing

/// Child processes, nginx and the proxies, shown to do what tests rely on with the `curl` program.
@Suite(.timeLimit(.minutes(10))) struct HarnessTests {
    @Test func `a missing program is an error that says what to do`() async throws {
        let error = await #expect(throws: Command.NotFound.self) { try await Command.run("no-such-program", []) }
        #expect(error?.description.contains("Scripts/setup --tests") == true)
    }

    @Test func `a child's output, status and death by signal are known`() async throws {
        let child = try await ChildProcess.start("sh", ["-c", "echo one; echo two >&2; exec sleep 1000"])
        #expect(try await child.wait("two lines") { $0.count == 2 } == ["one", "two"])
        child.signal(SIGTERM)
        #expect(try await child.waitForExit() == 128 + SIGTERM)
        let failure = await #expect(throws: Command.Failed.self) {
            try await Command.run("sh", ["-c", "echo reason; exit 3"])
        }
        #expect(failure?.status == 3)
        #expect(failure?.output.contains("reason") == true)
    }

    @Test func `a child inherits no descriptor`() async throws {
        let (server, other) = (try ReservedPort(), try ReservedPort())
        let listing = try await Command.run("ls", ["/proc/self/fd"])
        // Standard input, output, error, and the directory that ls reads.
        #expect(listing.split(whereSeparator: \.isNewline) == ["0", "1", "2", "3"])
        #expect(server.number != other.number)
    }

    @Test func `nginx logs connections, requests and TLS`() async throws {
        try await NginxServer.serving { nginx in
            let authority = nginx.certificates.authority
            let outcome = try await Curl.run(
                "--cacert",
                authority,
                nginx.tlsURL + "/a",
                "--next",
                "-s",
                "--cacert",
                authority,
                "-d",
                "x",
                nginx.tlsURL + "/b"
            )
            #expect(outcome.exitCode == 0)
            #expect(outcome.output.utf8.count == 2 * NginxServer.answerLength)
            let requests = try await nginx.waitForRequests(2)
            #expect(requests.map(\.path) == ["/a", "/b"])
            #expect(requests.map(\.method) == ["GET", "POST"])
            #expect(requests.map(\.numberOnConnection) == [1, 2])
            #expect(requests.allSatisfy { $0.tlsVersion == "TLSv1.3" && $0.version == "HTTP/1.1" && $0.status == 200 })
            #expect(requests.connectionCount == 1)
        }
    }

    @Test func `nginx speaks HTTP/2 at its port only`() async throws {
        try await NginxServer.serving { nginx in
            for url in [nginx.http2URL, nginx.tlsURL] {
                _ = try await Curl.run("--http2", "--cacert", nginx.certificates.authority, url)
            }
            let requests = try await nginx.waitForRequests(2)
            #expect(requests.map(\.version) == ["HTTP/2.0", "HTTP/1.1"])
        }
    }

    @Test func `nginx tells the right client certificate from none and from a wrong one`() async throws {
        var options = NginxServer.Options()
        options.verifiesClients = true
        try await NginxServer.serving(options) { nginx in
            let certificates = nginx.certificates
            func status(_ client: TestCertificate?) async throws -> String {
                let arguments = client.map { ["--cert", $0.certificate, "--key", $0.key] } ?? []
                let child = try await ChildProcess.start(
                    "curl",
                    ["-q", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", certificates.authority]
                        + arguments + [nginx.tlsURL]
                )
                try await child.waitForExit()
                return child.output
            }
            let statuses = [
                try await status(certificates.client), try await status(nil),
                try await status(certificates.strangerClient),
            ]
            #expect(statuses == ["200", "400", "400"])
            let requests = try await nginx.waitForRequests(3)
            #expect(requests.map(\.client) == ["CN=client", "-", "CN=stranger-client"])
        }
    }

    @Test(arguments: ["expired", "wrong host", "unknown authority", "right"])
    func `a bad server certificate is refused`(_ fault: String) async throws {
        var options = NginxServer.Options()
        options.certificate = { certificates in
            switch fault {
            case "expired": certificates.expired
            case "wrong host": certificates.wrongHost
            case "unknown authority": certificates.stranger
            default: certificates.server
            }
        }
        try await NginxServer.serving(options) { nginx in
            let outcome = try await Curl.run("--cacert", nginx.certificates.authority, nginx.tlsURL)
            #expect(outcome.exitCode == (fault == "right" ? 0 : 60))
        }
    }

    @Test func `nginx passes requests on to a loopback server`() async throws {
        let gate = Gate()
        try await LoopbackServer.serving { _ in
            .text("behind").after(.wait(gate))
        } _: { server in
            var options = NginxServer.Options()
            options.upstreamPort = server.port
            try await NginxServer.serving(options) { nginx in
                let child = try await ChildProcess.start("curl", ["-q", "-s", nginx.plainURL + "/upstream/x"])
                try await server.waitForRequests(1)
                gate.open()
                let status = try await child.waitForExit()
                #expect(status == 0)
                #expect(child.output == "behind")
            }
        }
    }

    @Test(arguments: [nil, ProxyCredentials(user: "user", password: "secret")])
    func `the forward proxy tunnels, and asks for its password`(_ credentials: ProxyCredentials?) async throws {
        try await NginxServer.serving { nginx in
            try await ForwardProxy.serving(credentials: credentials) { proxy in
                let login = credentials.map { "\($0.user):\($0.password)@" } ?? ""
                let tunnel = "http://\(login)127.0.0.1:\(proxy.port)"
                let good = try await Curl.run(
                    "--noproxy",
                    "",
                    "-x",
                    tunnel,
                    "--cacert",
                    nginx.certificates.authority,
                    nginx.tlsURL
                )
                #expect(good.exitCode == 0)
                let lines = try await proxy.waitForRequests(1)
                #expect(lines == ["CONNECT localhost:\(nginx.tlsPort) HTTP/1.1"])
                if credentials != nil {
                    let bad = try await Curl.run(
                        "--noproxy",
                        "",
                        "-x",
                        proxy.url,
                        "-w",
                        "%{http_connect}",
                        "-o",
                        "/dev/null",
                        nginx.tlsURL
                    )
                    #expect(bad.output == "407")
                }
            }
        }
    }

    @Test(arguments: [nil, ProxyCredentials(user: "user", password: "secret")])
    func `the SOCKS proxy resolves names, and asks for its password`(_ credentials: ProxyCredentials?) async throws {
        try await NginxServer.serving { nginx in
            try await SOCKS5Proxy.serving(credentials: credentials) { proxy in
                let login = credentials.map { "\($0.user):\($0.password)@" } ?? ""
                let good = try await Curl.run(
                    "--noproxy",
                    "",
                    "-x",
                    "socks5h://\(login)127.0.0.1:\(proxy.port)",
                    "--cacert",
                    nginx.certificates.authority,
                    nginx.tlsURL
                )
                #expect(good.exitCode == 0)
                let destinations = try await proxy.waitForDestinations(1)
                #expect(destinations == ["localhost:\(nginx.tlsPort)"])
                if credentials != nil {
                    let bad = try await Curl.run("--noproxy", "", "-x", proxy.url, nginx.tlsURL)
                    #expect(bad.exitCode == 97)
                }
            }
        }
    }
}
