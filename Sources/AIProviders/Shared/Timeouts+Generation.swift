internal import HTTPSessionPool

extension Timeouts {
    /// The limits for requests that a model works on.
    ///
    /// A buffered answer is silent until the model has finished it, so the first byte may take as long as the whole
    /// generation: 300 s, between the 180 s of Yandex's SDK and the 600 s of OpenAI's. Waiting for a permit counts a queue
    /// behind an account that allows one request at a time, so it gets 120 s instead of the pool's 5 s.
    static let generation: Timeouts = {
        var timeouts = Timeouts()
        timeouts.acquire = .seconds(120)
        timeouts.connect = .seconds(10)
        timeouts.firstByte = .seconds(300)
        timeouts.idle = .seconds(120)
        timeouts.noProgress = .seconds(180)
        timeouts.total = .seconds(600)
        timeouts.streamTotal = nil
        return timeouts
    }()

    /// The limits for short calls that no model works on: tokens, operations.
    static let control: Timeouts = {
        var timeouts = Timeouts()
        timeouts.acquire = .seconds(15)
        timeouts.connect = .seconds(10)
        timeouts.firstByte = .seconds(20)
        timeouts.total = .seconds(30)
        return timeouts
    }()
}

extension SessionConfiguration {
    /// Turns a client's configuration into that of the session for its short calls, of which there are few: nothing is
    /// kept open for them.
    ///
    /// They follow no redirect: a token's endpoint is where it is, and 307 and 308 would carry the
    /// credentials in the body of its request to wherever the answer says.
    mutating func becomeControl() {
        timeouts = .control
        limits = Limits()
        maxRedirects = 0
        minConnections = 0
    }

    /// A session for requests that a model works on, `concurrency` of them at once.
    static func generation(concurrency: Int = 10) -> SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.timeouts = .generation
        configuration.limits.maxConcurrentRequests = concurrency
        // Images come as base64 in one line of the stream: 1.3 to 4 MB were seen.
        configuration.limits.maxEventBytes = 16 << 20
        return configuration
    }
}
