/// Which session has to go when a pool is full and another key is asked for.
///
/// Whatever the policy, a session that runs a request is never closed: the next one in line goes instead.
public enum EvictionPolicy: String, Sendable, Hashable, CaseIterable {
    /// The session that has not been asked for the longest: the default, because what is used stays warm.
    case lru
    /// The session that was created first, however often it has been asked for since.
    case fifo
}
