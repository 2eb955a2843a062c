import HTTPSessionPool

/// One call: what is asked of the server, and what the caller does meanwhile.
struct Plan: Sendable, CustomStringConvertible {
    /// How a streamed body is read.
    enum Reading: Sendable {
        case whole
        /// At once, or only after some milliseconds, when all of it may be there.
        case stream(startsAfter: Int)
        /// With a pause before each of the first pieces.
        case slowly(pause: Int)
        /// So many pieces, and the rest is dropped.
        case pieces(Int)
    }

    let number: Int
    var method = Method.get
    var length = 0
    var encoding = "cl"
    var fault = "none"
    var delay = 0
    var d = 0
    var reading = Reading.whole
    var bodyLength: Int?
    /// After how many microseconds the call is cancelled; nil: never.
    var cancelAfter: Int?

    var path: String {
        "/\(number)?len=\(length)&enc=\(encoding)&fault=\(fault)&delay=\(delay)&d=\(d)"
    }

    /// Whether the server may send less than all.
    var isCut: Bool { ["cut", "cutreset", "stallmid", "rstmid", "lie"].contains(fault) }

    var request: Request {
        Request(method, path, body: bodyLength.map { Pattern.body(number, length: $0) })
    }

    var description: String {
        "\(method) \(path) read \(reading)\(cancelAfter.map { ", cancelled after \($0) us" } ?? "")"
    }

    init(_ number: Int, _ group: Group, faults: Set<String>, _ random: inout SplitMix64) {
        self.number = number
        length = Self.length(&random)
        encoding = random.pick(["cl", "cl", "cl", "ch", "ch", group.transport == "h2" ? "cd" : "cl"])
        if group.transport != "h2", random.chance(group.temper == .lively ? 30 : 10) { encoding = "cd" }
        chooseMethod(group, &random)
        chooseFault(group, faults, &random)
        chooseReading(group, &random)
        let cancels = group.temper == .hanging ? 60 : 20
        if random.chance(cancels) {
            cancelAfter = random.below(random.pick([50, 2_000, 30_000, group.temper == .hanging ? 800_000 : 100_000]))
        }
    }

    private static func length(_ random: inout SplitMix64) -> Int {
        switch random.below(10) {
        case 0: 0
        case 1...5: random.below(3_000)
        case 6...8: random.below(50_000)
        default: random.below(300_000)
        }
    }

    private mutating func chooseMethod(_ group: Group, _ random: inout SplitMix64) {
        guard group.temper == .calm || group.temper == .faulty else { return }
        switch random.below(10) {
        case 0...2:
            method = .post
            bodyLength = random.chance(30) ? random.below(150_000) : random.below(2_000)
        case 3:
            method = .put
            bodyLength = random.below(3_000)
        case 4:
            method = .head
            if encoding != "cl" { encoding = "cl" }
        default: break
        }
    }

    private mutating func chooseFault(_ group: Group, _ faults: Set<String>, _ random: inout SplitMix64) {
        let rate =
            switch group.temper {
            case .calm: 10
            case .lively: 50
            case .faulty: 30
            case .hanging: 12
            }
        guard random.chance(rate) else { return }
        let possible = Group.faults.filter {
            $0.tempers.contains(group.temper) && $0.transports.contains(group.transport)
                && (faults.isEmpty || faults.contains($0.name))
        }
        guard !possible.isEmpty else { return }
        fault = random.pick(possible.map(\.name))
        d = random.pick([0, random.below(5), random.below(50)])
        if group.temper == .hanging { d = 100 + random.below(300) }
        // An end that nothing tells from a whole body is no fault that a client could find.
        if fault == "cut", group.transport == "plain", encoding == "cd" { encoding = "cl" }
        if fault == "headbody" {
            method = .head
            bodyLength = nil
            encoding = "cl"
        }
        if method == .head, encoding == "cd" { encoding = "cl" }
        if random.chance(15) { delay = random.below(80) }
    }

    private mutating func chooseReading(_ group: Group, _ random: inout SplitMix64) {
        guard method != .head, random.chance(50) else { return }
        switch random.below(8) {
        case 0...3: reading = .stream(startsAfter: random.pick([0, random.below(10), random.below(120)]))
        case 4, 5: reading = .slowly(pause: random.below(10))
        default: reading = .pieces(random.below(4))
        }
        // More than a reader that is late leaves room for: the rest waits in the socket.
        if case .stream(startsAfter: 1...) = reading, encoding == "cd" { length = 20_000 + random.below(80_000) }
    }
}
