internal import HTTPSessionPool

extension SessionConfiguration {
    /// Applies a timeout of the kind that SDKs have: for each wait, not for the whole request.
    mutating func apply(timeout: Duration?) {
        guard let timeout else { return }
        timeouts.firstByte = timeout
        timeouts.idle = timeout
        timeouts.noProgress = timeout
        timeouts.connect = timeouts.connect.map { min($0, timeout) }
        timeouts.total = timeouts.total.map { max($0, timeout) }
    }

    /// Applies a switch that turns the check of the server's certificate off, or on again.
    mutating func apply(verifiesTLS: Bool?) {
        if let verifiesTLS { tls.verification = verifiesTLS ? .full : .disabledInsecurely }
    }
}
