@testable import CurlTransport
@testable import HTTPSessionPool

/// URLs: what is normal stays as it is, equal addresses are one key, and no request or redirect leaves by accident.
///
/// The input has three lines: a base URL, the path of a request, a `Location`.
@Sendable func fuzzURLs(_ input: [UInt8]) {
    let lines = input.split(separator: 0x0a, maxSplits: 2, omittingEmptySubsequences: false)
    let texts = lines.map { String(decoding: $0, as: UTF8.self) }
    guard let base = readBase(texts[0]) else { return }
    checkBase(base, texts[0])
    guard texts.count > 1, let url = readRequest(texts[1], base) else { return }
    checkRequest(url, base)
    guard texts.count > 2 else { return }
    checkRedirect(texts[2], from: url)
}

private func readBase(_ text: String) -> BaseURL? {
    do throws(SessionError) {
        return try BaseURL(text)
    } catch {
        check(error.code == .invalidURL, "refused with \(error.code)")
        return nil
    }
}

private func readRequest(_ path: String, _ base: BaseURL) -> String? {
    do throws(SessionError) {
        return try base.url(for: path)
    } catch {
        check(error.code == .invalidURL, "refused with \(error.code)")
        return nil
    }
}

private func checkBase(_ base: BaseURL, _ text: String) {
    guard let again = readBase(base.description) else { fail("'\(base)' of '\(text)' cannot be read again") }
    check(again.description == base.description, "'\(text)' is normal as '\(base)', that as '\(again)'")
    check(again == base && again.hashValue == base.hashValue, "'\(base)' is not equal to itself")
    check(SessionKey(again, nil) == SessionKey(base, nil), "'\(base)' has two keys")
    check(SessionKey(again, nil).hashValue == SessionKey(base, nil).hashValue, "'\(base)' has two hashes")
    check((1...65_535).contains(base.port), "the port \(base.port)")
    let isClean = base.description.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    check(isClean, "'\(base)' has white space or a control character")
    // Scheme and host are the same in capitals. An international name was turned to ASCII, or is left as it is.
    let capitals = base.origin.uppercased()
    guard base.origin.utf8.allSatisfy({ $0 < 0x80 }), !base.host.contains("%") else { return }
    check(readBase(capitals)?.origin == base.origin, "'\(capitals)' is another origin than '\(base.origin)'")
}

private func checkRequest(_ url: String, _ base: BaseURL) {
    check(url.hasPrefix(base.origin) || url.contains("://"), "'\(url)' has no origin")
    let isClean = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } || !base.description.utf8.allSatisfy { $0 < 0x80 }
    check(isClean, "'\(url)' has bytes that cannot stand in a URL")
    // A request's URL, given as the path of another one, is that URL.
    guard let again = readRequest(url, base) else { return }
    check(again == url, "'\(url)' becomes '\(again)'")
}

private func checkRedirect(_ location: String, from url: String) {
    if let target = try? CurlURL.resolve(location, against: url) {
        guard let again = try? CurlURL.resolve(target, against: url) else {
            fail("'\(target)' of '\(location)' cannot be resolved again")
        }
        check(again == target, "'\(location)' leads to '\(target)', that to '\(again)'")
        check(!target.contains("#"), "'\(target)' has a fragment")
    }
    follow(location, from: url)
}

/// The redirect as a request follows it.
private func follow(_ location: String, from url: String) {
    let secret = TransferHeader(name: "Authorization", value: "secret")
    let request = TransferRequest(
        head: RequestHead(method: "GET", url: url, headers: [secret]),
        mayResend: true,
        maxHeaderBytes: 1_024,
        maxBodyBytes: 1_024,
        limits: TransferDeadlines.Limits(connect: nil, firstByte: nil, idle: nil)
    )
    var route = RedirectRoute(request, origin: "https://fuzz.test", maxRedirects: 1, hasClientCertificate: false)
    do throws(SessionError) {
        guard try route.follow(status: 302, location: location) else { return }
    } catch {
        check([.redirectRefused, .invalidURL].contains(error.code), "refused with \(error.code)")
        return
    }
    let (from, to) = (withoutQuery(url), withoutQuery(route.request.head.url))
    guard let first = readBase(from), let second = readBase(to) else { fail("'\(to)' is followed and unreadable") }
    check(first.scheme == "http" || second.scheme == "https", "'\(url)' leads to '\(to)'")
    let carries = route.request.head.headers.contains { $0.name == "Authorization" }
    check(carries == (first.origin == second.origin), "from '\(from)' to '\(to)' the credentials go along: \(carries)")
}

private func withoutQuery(_ url: String) -> String { String(url.prefix { $0 != "?" && $0 != "#" }) }
