extension SimulatorFaults {
    /// The many legal, and some illegal, ways to write the same stream of server-sent events.
    ///
    /// By default one event is one write, lines end with LF and `data:` is followed by a space, as the providers do.
    public struct StreamStyle: Hashable, Sendable {
        /// What ends a line.
        public enum LineEnding: String, Hashable, Sendable {
            /// `\n`
            case lf = "\n"
            /// `\r\n`
            case crlf = "\r\n"
            /// `\r`
            case cr = "\r"
        }

        /// What ends a line.
        public var lineEnding: LineEnding = .lf
        /// Whether a space follows `data:`.
        public var hasSpaceAfterColon = true
        /// Whether a comment precedes every event.
        public var hasComments = false
        /// Whether an event's JSON is spread over two `data:` lines.
        public var hasMultiLineData = false
        /// Whether every write ends inside a character of several bytes, where there is one.
        public var splitsCharacters = false
        /// How many events share a write.
        public var eventsPerWrite = 1
        /// Whether the stream begins with a byte order mark.
        public var hasByteOrderMark = false
        /// Whether `[DONE]` is left out.
        public var omitsDone = false
        /// The data of one more event after the last; `[DONE]` has passed by then.
        public var trailingData: String?

        /// Creates the providers' own style.
        public init() {}
    }
}
