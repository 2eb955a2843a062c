/// Arithmetic on durations of any size: a caller may mean "never" by the longest there is.
///
/// `Duration` holds 2^127 attoseconds, but its `components` trap beyond 2^63 seconds, a product beyond 2^127, and
/// `Task.sleep` on its way to the clock. Nothing here traps; what is too long becomes the longest.
extension Duration {
    /// The longest time that is waited for or calculated with: 2^63 nanoseconds, 292 years.
    private static let longest = Duration.nanoseconds(Int64.max)
    private static let shortest = Duration.nanoseconds(Int64.min)

    /// The duration, no longer than 292 years in either direction.
    package var saturated: Duration { min(max(self, Self.shortest), Self.longest) }

    /// The duration in nanoseconds, saturated to the range of 64 bits.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = saturated.components
        // Both ends of the range have a fraction, and fit with it.
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The duration in whole seconds, rounded towards zero; saturated to 292 years.
    package var wholeSeconds: Int64 { saturated.components.seconds }

    /// The duration multiplied by a factor; saturates, and is zero for a factor that is no number.
    package func multiplied(by factor: Double) -> Duration {
        let product = Double(wholeNanoseconds) * factor
        guard !product.isNaN else { return .zero }
        // What is short enough to be exact in a Double is nearly all of what is ever multiplied.
        if let exact = Int64(exactly: product.rounded()) { return .nanoseconds(exact) }
        return product < 0 ? Self.shortest : Self.longest
    }

    /// The duration multiplied by a whole number; saturates.
    package func multiplied(by factor: Int) -> Duration {
        let (product, overflow) = wholeNanoseconds.multipliedReportingOverflow(by: Int64(factor))
        guard overflow else { return .nanoseconds(product) }
        return (self < .zero) == (factor < 0) ? Self.longest : Self.shortest
    }

    /// The duration as `Task.sleep` takes it: no longer than a hundred years, which no process lives to see the end of.
    ///
    /// The clock adds its own reading to what it is given, in nanoseconds of 64 bits; a time that is over is no wait.
    package var sleepable: Duration { min(max(self, .zero), .seconds(100 * 365 * 86_400)) }
}
