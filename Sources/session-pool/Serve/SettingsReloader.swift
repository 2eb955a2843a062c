internal import PoolSettings
internal import Synchronization

/// Reads the settings of a running `serve` again: all of them can be used, or the old ones stay.
final class SettingsReloader: Sendable {
    private let loaded: Mutex<PoolSettings.Loaded>
    /// What the program was started with, and goes on with.
    private let current: PoolSettings

    init(_ loaded: PoolSettings.Loaded) {
        self.loaded = Mutex(loaded)
        current = loaded.settings
    }

    /// Reads and checks, and says on standard error what is other than in use.
    func reload() {
        let lines = loaded.withLock { loaded -> [String] in
            do throws(ConfigurationError) {
                try loaded.reload()
                let changes = loaded.settings.changes(since: current)
                return loaded.warnings.map { "warning: \($0)" }
                    + (changes.isEmpty
                        ? ["the settings are those in use"]
                        : changes.map { "\($0.path): \($0.old) -> \($0.new), from the next start on" })
            } catch {
                return ["the old settings stay: \(error)"]
            }
        }
        for line in lines { Console.note("session-pool: \(line)\n") }
    }
}
