import Glibc

/// The environment of this process; only exit tests may change it, before they start anything else.
package enum Environment {
    /// Sets a variable, or removes it with nil.
    package static func set(_ name: String, _ value: String?) {
        if let value {
            unsafe setenv(name, value, 1)
        } else {
            unsafe unsetenv(name)
        }
    }
}
