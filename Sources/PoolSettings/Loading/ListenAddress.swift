internal import CurlTransport

/// An address to listen at, as far as settings must know it.
struct ListenAddress {
    private let text: String

    init(_ text: String) {
        self.text = text.lowercased()
    }

    /// Whether it is an address at all, or the one name that stands for one.
    var isValid: Bool { text == "localhost" || ipv4 != nil || isIPv6 }

    /// Whether only this machine reaches it.
    var isLoopback: Bool { text == "localhost" || text == "::1" || ipv4?.first == 127 }

    private var ipv4: [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // Octal numbers such as 010 mean different things to different programs.
        let numbers = parts.compactMap { $0.first == "0" && $0.count > 1 ? nil : UInt8($0) }
        return parts.count == 4 && numbers.count == 4 && !text.contains("+") ? numbers : nil
    }

    private var isIPv6: Bool {
        let digits = Set("0123456789abcdef:.")
        guard text.contains(":"), text.allSatisfy(digits.contains) else { return false }
        return (try? CurlURL("http://[\(text)]/")) != nil
    }
}
