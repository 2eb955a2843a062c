internal import PoolSettings
internal import Synchronization

/// Reads the settings of a running `serve` again: all of them can be used, or the old ones stay.
final class SettingsReloader: Sendable {
    private let loaded: Mutex<PoolSettings.Loaded>

    init(_ loaded: PoolSettings.Loaded) {
        self.loaded = Mutex(loaded)
    }

    /// Reads and checks, and says on standard error what has changed.
    func reload() {
        let lines = loaded.withLock { loaded -> [String] in
            do throws(ConfigurationError) {
                let changes = try loaded.reload()
                return changes.isEmpty
                    ? ["the settings are as they were"]
                    : changes.map { "\($0), from the next start on" }
            } catch {
                return ["the old settings stay: \(error)"]
            }
        }
        for line in lines { Console.note("session-pool: \(line)\n") }
    }
}
