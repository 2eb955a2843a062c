internal import Glibc

/// Hosts that are reached without the proxy: `NO_PROXY` as curl, Go and Python between them understand it.
///
/// libcurl 7.88.1 has no ports, brackets or asterisks in it; and what it excepts, it does not tell.
package struct ProxyExceptions: Sendable, Hashable {
    private enum Pattern: Sendable, Hashable {
        case everything
        /// A name and the names below it, or these alone.
        case name(String, onlyBelow: Bool)
        case network([UInt8], bits: Int)
    }

    private struct Entry: Sendable, Hashable {
        var pattern: Pattern
        var port: Int?
    }

    private let entries: [Entry]

    /// Whether nothing is excepted.
    package var isEmpty: Bool { entries.isEmpty }

    /// Reads a list whose entries are divided by commas or blanks; an entry that makes no sense excepts nothing.
    package init(_ text: String) {
        entries = text.split { $0 == "," || $0.isWhitespace }.compactMap { Self.entry($0.lowercased()) }
    }

    /// Whether the URL's host is reached directly.
    package func contains(url text: String) -> Bool {
        guard !isEmpty, let url = try? CurlURL(text) else { return false }
        return contains(host: url.host, port: url.effectivePort)
    }

    /// Whether a host is reached directly.
    ///
    /// - Parameters:
    ///   - host: In lower case, IPv6 addresses in brackets, as ``CurlURL/host`` has it.
    ///   - port: The port that is connected to.
    /// - Returns: Whether an entry of the list names it.
    package func contains(host: String, port: Int) -> Bool {
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        let address = Self.address(name)
        return entries.contains { entry in
            if let wanted = entry.port, wanted != port { return false }
            switch entry.pattern {
            case .everything: return true
            case .name(let known, let onlyBelow):
                guard address == nil else { return false }
                return (!onlyBelow && name == known) || name.hasSuffix("." + known)
            case .network(let network, let bits):
                return address.map { Self.begins($0, as: network, bits: bits) } ?? false
            }
        }
    }

    // MARK: Entries

    private static func entry(_ text: String) -> Entry? {
        if let range = network(text) { return Entry(pattern: range) }
        // A port stands after the bracket of an IPv6 address, or after the only colon of anything else.
        var (host, port) = (Substring(text), nil as Int?)
        if let colon = text.lastIndex(of: ":"), text.hasPrefix("[") ? text[..<colon].hasSuffix("]") : true {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
            (host, port) = (text[..<colon], number)
        }
        if let range = network(String(host)) { return Entry(pattern: range, port: port) }
        guard host != "*" else { return Entry(pattern: .everything, port: port) }
        let onlyBelow = host.hasPrefix("*.")
        if onlyBelow { host = host.dropFirst(2) } else if host.hasPrefix(".") { host = host.dropFirst() }
        if host.hasSuffix(".") { host = host.dropLast() }
        guard !host.isEmpty, !host.contains("*"), let name = try? CurlURL("http://\(host)/").host else { return nil }
        return Entry(pattern: .name(name, onlyBelow: onlyBelow), port: port)
    }

    /// An address, or a range of addresses by the length of their common beginning.
    private static func network(_ text: String) -> Pattern? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = address(String(parts[0])) else { return nil }
        let all = 8 * address.count
        guard parts.count == 2 else { return .network(address, bits: all) }
        guard let bits = Int(parts[1]), (0...all).contains(bits) else { return nil }
        return .network(address, bits: bits)
    }

    // MARK: Addresses

    /// The bytes of an IPv4 or IPv6 address, the latter with or without brackets; its zone is left out.
    private static func address(_ text: String) -> [UInt8]? {
        var text = Substring(text)
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        if let zone = text.firstIndex(of: "%") { text = text[..<zone] }
        let isIPv6 = text.contains(":")
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        let code = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, String(text), buffer.baseAddress)
        }
        guard code == 1 else { return nil }
        // An IPv4 address in IPv6's clothes.
        let isMapped = isIPv6 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        return isMapped ? Array(bytes[12...]) : bytes
    }

    private static func begins(_ address: [UInt8], as network: [UInt8], bits: Int) -> Bool {
        guard address.count == network.count else { return false }
        let whole = bits / 8
        guard address[..<whole] == network[..<whole] else { return false }
        guard bits % 8 > 0 else { return true }
        return (address[whole] ^ network[whole]) >> UInt8(8 - bits % 8) == 0
    }
}
