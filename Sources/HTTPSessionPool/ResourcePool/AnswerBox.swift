/// Answers for those who wait, in whatever order the answer and the beginning of the wait come.
///
/// Someone is in line as soon as the line says so, but has a continuation only a moment later: an answer that comes in
/// between is kept.
struct AnswerBox<Answer: Sendable>: Sendable {
    typealias Continuation = CheckedContinuation<Answer, Never>

    private enum Entry: Sendable {
        case announced
        case answered(Answer)
        case waiting(Continuation)
    }

    private var entries: [UInt64: Entry] = [:]

    /// Announces someone who is going to wait.
    mutating func announce(_ id: UInt64) {
        entries[id] = .announced
    }

    /// Begins the wait of someone who was announced.
    ///
    /// Returns the answer if it is there already: the continuation is then the caller's to resume.
    mutating func wait(_ id: UInt64, _ continuation: Continuation) -> Answer? {
        if case .answered(let answer) = entries[id] {
            entries[id] = nil
            return answer
        }
        entries[id] = .waiting(continuation)
        return nil
    }

    /// Answers someone, once.
    ///
    /// Returns the continuation that the caller has to resume; nil when the wait has not begun.
    mutating func answer(_ id: UInt64, _ answer: Answer) -> Continuation? {
        switch entries[id] {
        case .announced: entries[id] = .answered(answer)
        case .waiting(let continuation):
            entries[id] = nil
            return continuation
        case .answered, nil: break
        }
        return nil
    }
}
