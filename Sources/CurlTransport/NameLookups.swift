/// The look-ups of names that a loop has under way: one for each host, however many ask, and no more than so many.
///
/// libcurl's own resolver starts a thread for every transfer and, when the transfer is cancelled, leaves it behind: a few
/// callers with short time limits and a name server that does not answer make thousands of threads in seconds, and then
/// the process has none left (nodejs/node#62503; libcurl 7.88.1, `asyn-thread.c`).
///
/// Those above the limit wait in line, which counts as time to connect like the look-up itself. A host that nobody asks for
/// any more leaves the line; a look-up that has begun goes on, for `getaddrinfo` cannot be stopped, and whoever asks for
/// the host meanwhile gets its answer.
package struct NameLookups {
    /// Who waits for an answer: a transfer of an engine, which stays until it leaves.
    private typealias Waiter = (engine: TransferEngine, transfer: UInt64)

    private struct Lookup {
        var waiters: [Waiter] = []
        var hasBegun = false
    }

    /// Threads at once.
    package static let limit = 32
    /// Threads that only names may take which were found before: hosts whose name servers hang must not keep the others
    /// from reconnecting.
    static let reserve = 8
    /// Names remembered as found.
    private static let memory = 1_024

    private var lookups: [String: Lookup] = [:]
    /// The hosts whose look-up has not begun, the first to ask first.
    private var line: [String] = []
    private var found: Set<String> = []
    /// Look-ups that have begun and not ended.
    package private(set) var running = 0

    init() {}

    /// Those who wait in line.
    package var waiting: Int { line.count }

    /// Asks for a host's addresses; the engine is told by ``TransferEngine/nameAnswered(_:_:)``, never from inside this.
    mutating func join(_ host: String, _ engine: TransferEngine, _ transfer: UInt64) {
        if lookups[host] == nil { line.append(host) }
        lookups[host, default: Lookup()].waiters.append((engine, transfer))
        serve(engine.loop)
    }

    /// Takes back what was asked for.
    mutating func leave(_ host: String, _ engine: TransferEngine, _ transfer: UInt64) {
        lookups[host]?.waiters.removeAll { $0.engine === engine && $0.transfer == transfer }
        guard let lookup = lookups[host], lookup.waiters.isEmpty, !lookup.hasBegun else { return }
        lookups[host] = nil
        line.removeAll { $0 == host }
    }

    /// Hands an answer on to those who wait for it.
    static func finished(_ host: String, with answer: NameAnswer, on loop: CurlEventLoop) {
        let waiters = loop.lookups.withValue { lookups in
            lookups.running -= 1
            lookups.remember(host, answer)
            let waiters = lookups.lookups.removeValue(forKey: host)?.waiters ?? []
            lookups.serve(loop)
            return waiters
        }
        for (engine, transfer) in waiters { engine.nameAnswered(transfer, answer) }
    }

    private mutating func remember(_ host: String, _ answer: NameAnswer) {
        if case .failure = answer { return }
        if found.count >= Self.memory { found.removeAll() }
        found.insert(host)
    }

    /// Begins look-ups while there is room.
    private mutating func serve(_ loop: CurlEventLoop) {
        while running < Self.limit {
            let hasRoom = running < Self.limit - Self.reserve
            guard let index = hasRoom ? line.indices.first : line.firstIndex(where: found.contains) else { return }
            let host = line.remove(at: index)
            lookups[host]?.hasBegun = true
            running += 1
            do {
                try NameLookup(host: host, loop: loop).start()
            } catch {
                // Not from inside the call: those who wait are told as if a thread had answered.
                loop.submit { Self.finished(host, with: .failure(error), on: loop) }
            }
        }
    }
}
