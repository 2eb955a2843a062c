/// Requests by their method.
extension Session {
    /// Sends a `GET`.
    ///
    /// - Parameters:
    ///   - path: What follows the base URL.
    ///   - headers: Header fields.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``SessionError`` when no whole response came.
    public func get(_ path: String, headers: HeaderFields = [:]) async throws(SessionError) -> Response {
        try await send(Request(.get, path, headers: headers))
    }

    /// Sends a `HEAD`.
    ///
    /// - Parameters:
    ///   - path: What follows the base URL.
    ///   - headers: Header fields.
    /// - Returns: The response, without a body.
    /// - Throws: ``SessionError`` when no response came.
    public func head(_ path: String, headers: HeaderFields = [:]) async throws(SessionError) -> Response {
        try await send(Request(.head, path, headers: headers))
    }

    /// Sends a `POST`.
    ///
    /// - Parameters:
    ///   - path: What follows the base URL.
    ///   - headers: Header fields; give `Content-Type` here.
    ///   - body: The body.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``SessionError`` when no whole response came.
    public func post(
        _ path: String,
        headers: HeaderFields = [:],
        body: [UInt8] = []
    ) async throws(SessionError) -> Response {
        try await send(Request(.post, path, headers: headers, body: body))
    }

    /// Sends a `PUT`.
    ///
    /// - Parameters:
    ///   - path: What follows the base URL.
    ///   - headers: Header fields; give `Content-Type` here.
    ///   - body: The body.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``SessionError`` when no whole response came.
    public func put(
        _ path: String,
        headers: HeaderFields = [:],
        body: [UInt8] = []
    ) async throws(SessionError) -> Response {
        try await send(Request(.put, path, headers: headers, body: body))
    }

    /// Sends a `DELETE`.
    ///
    /// - Parameters:
    ///   - path: What follows the base URL.
    ///   - headers: Header fields.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``SessionError`` when no whole response came.
    public func delete(_ path: String, headers: HeaderFields = [:]) async throws(SessionError) -> Response {
        try await send(Request(.delete, path, headers: headers))
    }
}
