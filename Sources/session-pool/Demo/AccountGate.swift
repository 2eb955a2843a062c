/// Lets so many chats of an account run at once; the others wait in the order in which they came.
///
/// The pool does this by itself, but sessions that know nothing of each other cannot: so that both runs do the same work,
/// both pass through here, and the time of a chat begins when it is let in.
actor AccountGate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var next = 0

    init(limit: Int) {
        free = limit
    }

    /// Runs the work when its turn has come.
    func pass<Result: Sendable>(_ work: @Sendable () async -> Result) async -> Result {
        await enter()
        let result = await work()
        leave()
        return result
    }

    private func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        guard next < waiting.count else {
            free += 1
            return
        }
        waiting[next].resume()
        next += 1
    }
}
