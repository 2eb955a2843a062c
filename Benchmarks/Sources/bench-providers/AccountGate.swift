/// Lets so many chats of an account run at once, in the order in which they came: what a pool does by itself.
actor AccountGate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var next = 0

    init(limit: Int) {
        free = limit
    }

    /// Waits for the account's permission; ``leave()`` gives it back.
    func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Lets the next one in.
    func leave() {
        guard next < waiting.count else {
            free += 1
            return
        }
        waiting[next].resume()
        next += 1
    }
}
