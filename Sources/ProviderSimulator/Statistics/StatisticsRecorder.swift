/// Counts for one provider into the simulator's common statistics.
final class StatisticsRecorder: Sendable {
    private let provider: SimulatorProvider
    private let statistics: StatisticsBook

    init(_ provider: SimulatorProvider, _ statistics: StatisticsBook) {
        self.provider = provider
        self.statistics = statistics
    }

    private func record(_ change: (inout SimulatorStatistics.Provider) -> Void) {
        statistics.update { change(&$0[provider]) }
    }

    func connectionOpened() {
        record {
            $0.connectionsAccepted += 1
            $0.openConnections += 1
            $0.peakOpenConnections = max($0.peakOpenConnections, $0.openConnections)
        }
    }

    func connectionClosed() {
        record { $0.openConnections -= 1 }
    }

    func handshakeDone(resumed: Bool) {
        record {
            $0.tlsHandshakes += 1
            if resumed { $0.tlsHandshakesResumed += 1 }
        }
    }

    func requestReceived(_ request: HTTPRequest) {
        let path = "\(request.method) \(Self.template(request.path))"
        record {
            $0.requests += 1
            $0.requestsByPath[path, default: 0] += 1
            $0.requestsInFlight += 1
            $0.peakRequestsInFlight = max($0.peakRequestsInFlight, $0.requestsInFlight)
        }
    }

    func requestCompleted() {
        record { $0.requestsInFlight -= 1 }
    }

    func responseBegun(status: Int) {
        record { $0.responsesByStatus[status, default: 0] += 1 }
    }

    func hangBegan() {
        record { $0.requestsHung += 1 }
    }

    func hangEnded() {
        record { $0.requestsHung -= 1 }
    }

    func generationBegan() {
        record {
            $0.generationsInFlight += 1
            $0.peakGenerationsInFlight = max($0.peakGenerationsInFlight, $0.generationsInFlight)
        }
    }

    func generationEnded() {
        record { $0.generationsInFlight -= 1 }
    }

    func generationRefused() {
        record { $0.generationsRefused += 1 }
    }

    func tokenIssued() {
        record { $0.tokensIssued += 1 }
    }

    /// The path with identifiers replaced, so that the table of paths stays small.
    static func template(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { isIdentifier($0) ? "{id}" : String($0) }
            .joined(separator: "/")
    }

    private static func isIdentifier(_ segment: Substring) -> Bool {
        let isUUID = segment.utf8.count == 36 && segment.allSatisfy { $0.isHexDigit || $0 == "-" }
        return isUUID || segment.hasPrefix(OperationIdentifier.prefix) && segment.utf8.count >= 20
    }
}

/// What the identifiers of Yandex operations begin with.
enum OperationIdentifier {
    static let prefix = "d7q"
}
