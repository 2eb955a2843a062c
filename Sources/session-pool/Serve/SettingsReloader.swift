internal import PoolSettings
internal import Synchronization

/// Reads the settings of a running `serve` again: all of them can be used, or the old ones stay.
final class SettingsReloader: Sendable {
    private let loaded: Mutex<PoolSettings.Loaded>
    private let log: Log

    init(_ loaded: PoolSettings.Loaded, log: Log) {
        self.loaded = Mutex(loaded)
        self.log = log
    }

    /// Reads and checks, lets what the log needs count at once, and logs what has changed.
    func reload() {
        let outcome = loaded.withLock { loaded -> Result<([PoolSettings.Change], PoolSettings), ConfigurationError> in
            do throws(ConfigurationError) {
                return .success((try loaded.reload(), loaded.settings))
            } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .success((let changes, let settings)):
            log.update(level: settings.logLevel, logsRequests: settings.logRequests)
            if changes.isEmpty { log.write(.notice, "the settings are as they were") }
            for change in changes {
                let isAtOnce = Self.live.contains(change.path)
                log.write(.notice, "\(change), \(isAtOnce ? "from now on" : "from the next start on")")
            }
        case .failure(let error): log.write(.error, "the old settings stay: \(error)")
        }
    }

    private static let live: Set = ["log_level", "log_requests"]
}
