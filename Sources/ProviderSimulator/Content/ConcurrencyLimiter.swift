/// Counts the generations that each account runs and refuses those over its limit.
final class ConcurrencyLimiter: Sendable {
    private let running = Guarded<[String: Int]>([:])
    private let recorder: StatisticsRecorder

    init(_ recorder: StatisticsRecorder) {
        self.recorder = recorder
    }

    /// The action that gives the place back; nil if the account has `limit` generations running already.
    func admit(_ account: String, limit: Int?) -> (@Sendable () -> Void)? {
        let isAdmitted = running.withLock { running in
            let count = running[account, default: 0]
            guard limit.map({ count < $0 }) ?? true else { return false }
            running[account] = count + 1
            return true
        }
        guard isAdmitted else {
            recorder.generationRefused()
            return nil
        }
        recorder.generationBegan()
        return { [running, recorder] in
            running.withLock { running in
                let count = running[account, default: 1] - 1
                running[account] = count == 0 ? nil : count
            }
            recorder.generationEnded()
        }
    }
}
