/// What is known of one sending of a request on HTTP/2.
struct HTTP2Attempt {
    /// The stream that it went out as; 0 on HTTP/1.1, and before it went out.
    var stream: UInt32 = 0
    /// Whether the server has said that it did not look at it.
    var isUnprocessed = false
    /// Bytes of the connection that had been read when libcurl last went on with it without an error; -1 when that is not
    /// known.
    var bytesReadAtProgress: Int64 = -1
    /// Whether libcurl found the stream closed before the request was sent to its end.
    var isClosed = false
}

/// What is known of the end of an HTTP/2 connection that is still open.
struct HTTP2Ending {
    /// The last stream that the server may have looked at, once it has said GOAWAY.
    var lastStream: UInt32?
    /// Whether nothing more comes through its TLS, though its socket may be open.
    var isTLSOver = false
}
