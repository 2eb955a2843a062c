package import CurlTransport

/// The resources of a pool and the callers who wait for one: who gets which, and what has to be created, pinged and closed.
///
/// It decides and counts, and nothing else: it runs no factory, holds no continuation, clock or timer. The caller says
/// what time it is and then does what ``takeActions()`` names.
///
/// The callers stand in a ``LeaseMachine``, whose permits are the resources in somebody's hands: its limit rises by one
/// when a resource is offered - to the first who waits, however it came about: given back, just created, or found alive -
/// and falls by one when a resource comes back that nobody waits for. So first come is first served even when a creation
/// that was started for one caller ends after another caller's resource has come back. The machine itself knows nothing of
/// ages and pings, and a session, whose permits need neither, pays nothing for them.
package struct ResourceTable<Element: Sendable>: Sendable {
    /// Names a caller that waits.
    package typealias WaiterID = LeaseMachine.WaiterID
    /// Names a resource in somebody's hands; stale once it has come back.
    package typealias LeaseID = LinkedSlots<Record>.Token
    /// Names a run of the factory.
    package typealias CreationID = LinkedSlots<Creation>.Token
    /// Names a ping.
    package typealias CheckID = LinkedSlots<Check>.Token
    /// Names a resource that is being closed.
    package typealias ClosingID = LinkedSlots<Closing>.Token
    /// Why a resource is let go.
    package typealias Reason = ResourcePoolStatistics.Reason

    /// One resource.
    package struct Record: Sendable {
        let element: Element
        let traits: ResourceTraits
        /// 0 to 1: puts the times of resources that were created together apart.
        let jitter: Double
        let epoch: Int
        let created: MonotonicTime
        let expiry: MonotonicTime
        /// When it was last known to work.
        var alive: MonotonicTime
        /// Since when it has been where it is: idle, or in use.
        var since: MonotonicTime
        var uses = 0
        /// An error happened in its use: it is not taken for alive until a ping says so.
        var isSuspect = false
    }

    /// A run of the factory.
    package struct Creation: Sendable {
        /// How far its time is over.
        enum Stage: Sendable {
            /// Those who wait count on it.
            case counted
            /// Nobody counts on it any more.
            case late
            /// The factory was told to end.
            case cancelled
            /// It has gone on all the same, and lost its place.
            case givenUp
        }

        let epoch: Int
        let since: MonotonicTime
        /// How many callers had given up when it began.
        let lostBefore: Int
        var stage = Stage.counted
        var deadline: DeadlineQueue<Job>.Token?
    }

    /// A ping.
    package struct Check: Sendable {
        let record: Record
        let isValidation: Bool
        let since: MonotonicTime
        var deadline: DeadlineQueue<Job>.Token?
    }

    /// A resource that is being closed.
    package struct Closing: Sendable {
        /// Whether it still has its place: what a factory made after it had lost its place has none.
        var hasPlace = true
        var deadline: DeadlineQueue<Job>.Token?
    }

    /// What has a deadline.
    package enum Job: Sendable {
        case creation(CreationID)
        case check(CheckID)
        case closing(ClosingID)
    }

    /// How the pool behaves.
    package let configuration: ResourcePoolConfiguration
    /// Those who wait, and how many resources are in somebody's hands.
    package internal(set) var machine: LeaseMachine

    /// In nobody's hands, the one idle longest first.
    var idle = LinkedSlots<Record>()
    /// In somebody's hands, the one in use longest first.
    var leased = LinkedSlots<Record>()
    var creating = LinkedSlots<Creation>()
    var checking = LinkedSlots<Check>()
    var closing = LinkedSlots<Closing>()
    var deadlines = DeadlineQueue<Job>()

    /// Creations that those who wait count on, and pings before handing out: together, what is on its way to them.
    var countedCreations = 0
    /// Pings of resources that somebody waits for.
    package internal(set) var validations = 0
    /// Creations and closings that have no place.
    var givenUpCreations = 0
    var placelessClosings = 0

    /// Of those who gave up waiting, how many have been told as lost to creations that take too long.
    var lostNoted = 0

    /// Resources of an earlier epoch are closed as soon as nobody uses them.
    var epoch = 0
    var keepsMinimum: Bool
    var warmUps: [(id: WaiterID, target: Int)] = []
    var failuresInRow = 0
    var fillAllowed = MonotonicTime(nanoseconds: .min)
    /// When an idle resource reaches the end of its time or has to be pinged; may be too early, never too late.
    var sweepDue = MonotonicTime.distantFuture
    /// Health checks are due that would take too many resources out at once.
    var hasBacklog = false

    var drainDeadline: MonotonicTime?
    /// How many uses and waits were cut off by the end; nil before it.
    package internal(set) var aborted: Int?

    var tally = ResourceTally()
    private var actions: [Action] = []

    /// A table without resources.
    ///
    /// - Parameter configuration: How the pool behaves; it must be valid.
    package init(configuration: ResourcePoolConfiguration) {
        self.configuration = configuration
        machine = LeaseMachine(limit: 0, maxWaiters: configuration.maxWaiters)
        keepsMinimum = configuration.warmUpOnStart
    }

    /// What has to be done now, in this order; the table forgets it.
    package mutating func takeActions() -> [Action] {
        guard !actions.isEmpty else { return [] }
        defer { actions = [] }
        return actions
    }

    mutating func act(_ action: Action) {
        actions.append(action)
    }
}

// MARK: - What it says

extension ResourceTable {
    /// What the caller has to do.
    package enum Action: Sendable {
        /// Run the factory and tell ``ResourceTable/created(_:_:traits:jitter:at:)`` or ``ResourceTable/creationFailed(_:at:)``.
        case create(CreationID)
        /// Tell the factory that it takes too long.
        case cancelCreation(CreationID)
        /// Ping and tell ``ResourceTable/checked(_:isAlive:at:)``.
        case check(CheckID, Element)
        /// Give the ping up; its answer is not wanted any more.
        case cancelCheck(CheckID)
        /// Close and tell ``ResourceTable/closed(_:failed:at:)``.
        case close(ClosingID, Element)
        /// Let go of an element that has nothing to close.
        case drop(Element)
        /// Hand out.
        case grant(WaiterID, Grant)
        /// Give a waiting caller, or one that warms the pool up, an error.
        case refuse(WaiterID, Refusal)
        /// Tell one that warms the pool up how many resources there are.
        case warmed(WaiterID, Int)
        /// The far side has done what was asked, or has not, so many times; that was asked at this time.
        case observe(HostOutcome, since: MonotonicTime, times: Int)
    }

    /// The answer to someone who wants a resource.
    package enum Admission: Sendable {
        case granted(Grant)
        /// One later action will name the caller.
        case enqueued
        case rejected(LeaseMachine.Rejection)
    }

    /// Why somebody waited in vain.
    package enum Refusal: Equatable, Sendable {
        case timedOut
        case creationFailed
        /// The factory goes on although its time is over and it was told to end.
        case creationGivenUp
        case closed
    }

    /// A resource in its user's hands.
    package struct Grant: Sendable {
        package let lease: LeaseID
        package let element: Element
        /// How old it is.
        package let age: Duration
        /// How long it was idle before.
        package let idleTime: Duration
        /// How often it was handed out before.
        package let earlierUses: Int
    }

    /// How a resource is when it comes back.
    package enum Condition: Equatable, Sendable {
        case good
        /// It may be broken: ping it first.
        case suspect
        case broken
        case leaked
    }
}

/// What a resource can do.
package struct ResourceTraits: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let pingable = ResourceTraits(rawValue: 1)
    package static let closeable = ResourceTraits(rawValue: 2)
}

// MARK: - State

extension ResourceTable {
    /// Resources that were created and not let go: idle, in use, or being pinged.
    package var total: Int { idle.count + leased.count + checking.count }

    /// How many more may be created now.
    var places: Int {
        configuration.maxSize - total - (creating.count - givenUpCreations) - (closing.count - placelessClosings)
    }

    /// Whether the pool has ended, and nothing of it is being pinged or closed any more.
    package var isFinished: Bool { aborted != nil && checking.isEmpty && closing.isEmpty }
}
