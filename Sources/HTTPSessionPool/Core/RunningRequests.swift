internal import CurlTransport

/// The requests that a session's transfers run, found by their transfer in a step.
struct RunningRequests {
    private struct Entry {
        let ticket: RequestTicket
        let transfer: Transfer
    }

    /// By the number that each transfer of the session's engines has for life.
    private var entries: [Entry?] = []
    /// How many run.
    private(set) var count = 0

    /// Notes whose request a transfer runs.
    mutating func insert(_ ticket: RequestTicket, _ transfer: Transfer) {
        while entries.count <= transfer.number { entries.append(nil) }
        entries[transfer.number] = Entry(ticket: ticket, transfer: transfer)
        count += 1
    }

    /// Whose request a transfer has run; `nil` when that was asked before.
    mutating func remove(_ transfer: Transfer) -> RequestTicket? {
        guard entries.indices.contains(transfer.number), let entry = entries[transfer.number] else { return nil }
        entries[transfer.number] = nil
        count -= 1
        return entry.ticket
    }

    /// The transfer of a request; O(n), for cancellations only.
    func transfer(of id: UInt64) -> Transfer? {
        for case let entry? in entries where entry.ticket.id == id { return entry.transfer }
        return nil
    }
}
