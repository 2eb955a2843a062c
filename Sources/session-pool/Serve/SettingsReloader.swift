internal import CurlTransport
internal import PoolSettings
internal import Synchronization

/// Reads the settings of a running `serve` again: all of them can be used, or the old ones stay.
final class SettingsReloader: Sendable {
    private struct State {
        var loaded: PoolSettings.Loaded
        /// What the program was started with and goes on with; what counts at once follows what was read last.
        var inUse: PoolSettings
    }

    private let state: Locked<State>
    private let log: Log

    init(_ loaded: PoolSettings.Loaded, log: Log) {
        state = Locked(State(loaded: loaded, inUse: loaded.settings))
        self.log = log
    }

    /// Reads and checks, lets what the log needs count at once, and logs what is other than in use.
    func reload() {
        state.withLock { state in
            do throws(ConfigurationError) {
                try state.loaded.reload()
            } catch {
                log.answer(.error, "the old settings stay: \(error.issues.count) of the new ones cannot be used")
                for issue in error.issues { log.answer(.error, "\(issue)") }
                return
            }
            let fresh = state.loaded.settings
            for warning in state.loaded.warnings { log.answer(.warning, "\(warning)") }
            let changes = fresh.changes(since: state.inUse)
            log.update(level: fresh.logLevel, logsRequests: fresh.logRequests)
            (state.inUse.logLevel, state.inUse.logRequests) = (fresh.logLevel, fresh.logRequests)
            if changes.isEmpty { log.answer(.notice, "the settings are those in use") }
            for change in changes {
                let time = Self.live.contains(change.path) ? "from now on" : "from the next start on"
                log.answer(.notice, "\(change.path): \(change.old) -> \(change.new), \(time)")
            }
        }
    }

    private static let live: Set = ["log_level", "log_requests"]
}
