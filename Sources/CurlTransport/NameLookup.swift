internal import CLinux
internal import Glibc

/// Why a name has no address for us.
package enum NameLookupFailure: Error, Sendable, Hashable {
    /// There is no such name, or it has no address (EAI_NONAME, EAI_NODATA).
    case unknown
    /// No name server has answered, or none could (EAI_AGAIN, EAI_FAIL).
    case unanswered
    /// The process or the system has no more descriptors.
    case noDescriptors
    /// The look-up could not be made, in the system's words: no memory, no thread.
    case impossible(String)
}

/// What a look-up has found.
enum NameAnswer: Sendable {
    /// Addresses as text, the best first.
    case addresses([String])
    /// An address that is good on one link only, which libcurl cannot be told: it has to ask itself.
    case onOneLink
    case failure(NameLookupFailure)
}

/// One look-up of a name, on a thread of its own: `getaddrinfo` cannot be given up, so that nobody waits for the thread.
final class NameLookup: Sendable {
    private let host: String
    /// Not kept alive by a name server that does not answer.
    private weak let loop: CurlEventLoop?

    init(host: String, loop: CurlEventLoop) {
        self.host = host
        self.loop = loop
    }

    /// Starts the thread, which tells the loop what it has found, if there still is one.
    ///
    /// - Throws: ``NameLookupFailure`` when the system has no more threads.
    func start() throws(NameLookupFailure) {
        let code = PlainThread.run { self.run() }
        guard code == 0 else { throw .impossible("no thread for it: \(unsafe String(cString: strerror(code)))") }
    }

    private func run() {
        unsafe "name-lookup".withCString { unsafe clinux_name_current_thread($0) }
        let answer = Self.ask(host)
        guard let loop else { return }
        loop.submit { [host] in NameLookups.finished(host, with: answer, on: loop) }
    }

    private static func ask(_ host: String) -> NameAnswer {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        // As libcurl asks: for IPv6 addresses only where the kernel has it, or every name costs a second question.
        unsafe hints.ai_family = hasIPv6 ? AF_UNSPEC : AF_INET
        var list: UnsafeMutablePointer<addrinfo>?
        errno = 0
        let code = unsafe host.withCString { unsafe getaddrinfo($0, nil, &hints, &list) }
        let number = errno
        guard code == 0 else { return .failure(failure(code, number)) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [String] = []
        var next = unsafe list
        while let entry = unsafe next {
            if unsafe isOnOneLink(entry.pointee) { return .onOneLink }
            if let text = unsafe text(entry.pointee), !addresses.contains(text) { addresses.append(text) }
            unsafe next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(.unknown) : .addresses(addresses)
    }

    private static var hasIPv6: Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno != EAFNOSUPPORT }
        close(descriptor)
        return true
    }

    private static func failure(_ code: Int32, _ number: Int32) -> NameLookupFailure {
        // The C library tells of it in several ways; a descriptor that is missing is behind each of them.
        if number == EMFILE || number == ENFILE { return .noDescriptors }
        return switch code {
        // -5 is EAI_NODATA and -9 EAI_ADDRFAMILY, which glibc returns and hides behind _GNU_SOURCE.
        case EAI_NONAME, -5, -9: .unknown
        case EAI_AGAIN, EAI_FAIL: .unanswered
        case EAI_SYSTEM: .impossible(unsafe String(cString: strerror(number)))
        default: .impossible(unsafe String(cString: gai_strerror(code)))
        }
    }

    @unsafe
    private static func isOnOneLink(_ entry: addrinfo) -> Bool {
        guard unsafe entry.ai_family == AF_INET6, let address = unsafe entry.ai_addr else { return false }
        return unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            unsafe $0.pointee.sin6_scope_id != 0
        }
    }

    @unsafe
    private static func text(_ entry: addrinfo) -> String? {
        guard let address = unsafe entry.ai_addr else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = unsafe getnameinfo(
            address,
            entry.ai_addrlen,
            &buffer,
            socklen_t(buffer.count),
            nil,
            0,
            NI_NUMERICHOST
        )
        guard code == 0 else { return nil }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return unsafe entry.ai_family == AF_INET6 ? "[\(text)]" : text
    }
}
