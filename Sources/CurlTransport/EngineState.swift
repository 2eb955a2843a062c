/// What changes in an engine with every request.
struct EngineState {
    /// When the engine was last driven: what libcurl tells from inside a call happens at one time.
    var now = MonotonicTime.now
    /// What has been counted.
    var counters = EngineCounters()

    /// Every transfer; its number of use names its place here.
    var transfers: [Transfer] = []
    /// The places of those that run nothing.
    var idleTransfers: [Int] = []
    var finished = Backlog<Transfer>()
    var changedSinks = Backlog<StreamSink>()

    var sockets = SocketTable()
    /// Whether a socket has been opened and no request sent since.
    var hasNewSocket = false
    /// Whether requests may wait for a connection that cannot be shared, and libcurl forgets them.
    var hasWaiters = false
    /// Whether sockets have been opened or closed since the client last looked.
    var socketsHaveChanged = false
    /// Sockets opened, whatever became of them.
    var socketsOpened = 0
    /// How old the connections were that have ended since the client last looked.
    var closedAges: [Int64] = []
    /// HTTP/2 connections that are still open and whose end has begun, by their descriptors.
    var http2Endings: [Int32: HTTP2Ending] = [:]
    /// Transfers that would not be told of their sockets.
    var unwatched: [UInt64] = []

    /// When libcurl wants to be called, by its own word.
    var multiDeadline: MonotonicTime?
    /// The loop's timer for libcurl; it may be earlier than `multiDeadline`, never later.
    var multiTimer: (token: LoopReactor.TimerToken, deadline: MonotonicTime)?
    var isKicked = false
    var isClosed = false
}
