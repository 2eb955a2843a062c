internal import HTTPSessionPool

/// Sends the requests of one client: picks the session, authorizes, turns failures into errors, renews a token once.
struct ProviderChannel: Sendable {
    let sessions: SessionSource
    let authorizer: Authorizer
    let failures: FailureReader

    /// How much of the body of an error is read.
    ///
    /// Services repeat the whole request in it; what is wrong stands at the beginning.
    static let errorBodyLimit = 64 * 1_024

    /// Sends a request and gives its response if it succeeded.
    ///
    /// A 401 renews the token and repeats the request once: the server has said that it did not act on it. `missing` is
    /// what a 404 means for this request.
    func send(
        _ request: Request,
        on session: Session? = nil,
        missing: ProviderError.Code = .notFound
    ) async throws(ProviderError) -> Response {
        let session = try await pick(session)
        var authorization = try await authorize(request)
        var response = try await perform(request, authorization, on: session)
        if response.status == 401, await authorizer.invalidate(authorization) {
            authorization = try await authorizer.authorization()
            response = try await perform(request, authorization, on: session)
        }
        guard response.status.isSuccess else { throw failures.failure(response, missing: missing) }
        return response
    }

    /// Sends a request and gives its response, the body still arriving, if it succeeded.
    func open(
        _ request: Request,
        on session: Session? = nil,
        missing: ProviderError.Code = .notFound
    ) async throws(ProviderError) -> StreamingResponse {
        let session = try await pick(session)
        var authorization = try await authorize(request)
        var attempt = try await begin(request, authorization, on: session)
        if case .failed(let response) = attempt, response.status == 401, await authorizer.invalidate(authorization) {
            authorization = try await authorizer.authorization()
            attempt = try await begin(request, authorization, on: session)
        }
        switch attempt {
        case .opened(let response): return response
        case .failed(let response): throw failures.failure(response, missing: missing)
        }
    }

    /// Closes the private sessions of a client that does not use the pool.
    func close() async {
        await sessions.close()
        await authorizer.close()
    }

    private func pick(_ session: Session?) async throws(ProviderError) -> Session {
        if let session { return session }
        return try await sessions.current()
    }

    /// The authorization for a request; a header that the caller set wins, as it does in GigaChat's own SDK.
    private func authorize(_ request: Request) async throws(ProviderError) -> Authorizer.Authorization {
        guard request.headers["Authorization"] == nil else { return Authorizer.Authorization() }
        return try await authorizer.authorization()
    }

    /// A request with its authorization.
    static func authorized(_ request: Request, _ authorization: Authorizer.Authorization) -> Request {
        guard let value = authorization.value else { return request }
        var request = request
        request.headers["Authorization"] = value.reveal()
        return request
    }

    private func perform(
        _ request: Request,
        _ authorization: Authorizer.Authorization,
        on session: Session
    ) async throws(ProviderError) -> Response {
        do throws(SessionError) {
            return try await session.send(Self.authorized(request, authorization))
        } catch {
            throw ProviderError(error, failures.provider)
        }
    }

    private enum Attempt {
        case opened(StreamingResponse)
        case failed(Response)
    }

    /// Sends a request; the body of a failure is read here, so that its permit is free before the next attempt.
    private func begin(
        _ request: Request,
        _ authorization: Authorizer.Authorization,
        on session: Session
    ) async throws(ProviderError) -> Attempt {
        do throws(SessionError) {
            let response = try await session.stream(Self.authorized(request, authorization))
            if response.status.isSuccess { return .opened(response) }
            let body = try await Self.errorBody(of: response)
            return .failed(Response(status: response.status, headers: response.headers, body: body))
        } catch {
            throw ProviderError(error, failures.provider)
        }
    }
}

extension ProviderChannel {
    /// The beginning of an error's body.
    ///
    /// The status says what failed; a body that cannot be read only takes the details away.
    private static func errorBody(of response: StreamingResponse) async throws(SessionError) -> [UInt8] {
        var body: [UInt8] = []
        var pieces = response.body.makeAsyncIterator()
        do throws(SessionError) {
            while body.count < errorBodyLimit, let piece = try await pieces.next() { body += piece }
        } catch {
            guard error.code != .cancelled else { throw error }
            if body.isEmpty { body = Array("the body of the error could not be read (\(error.code))".utf8) }
        }
        return Array(body.prefix(errorBodyLimit))
    }

    /// Reads a JSON body.
    ///
    /// An error object that came with a successful status is the error, not a malformed answer.
    func decode<Value: Decodable>(_ type: Value.Type, from response: Response) throws(ProviderError) -> Value {
        do throws(WireJSON.Failure) {
            return try WireJSON.decode(type, from: response.body)
        } catch {
            throw failures.malformed(
                error.description,
                body: response.body,
                requestID: failures.requestID(in: response.headers)
            )
        }
    }

    /// A JSON body for a request.
    func encode(_ body: JSONValue) throws(ProviderError) -> [UInt8] {
        guard let bytes = body.bytes else {
            throw ProviderError(
                .invalidRequest,
                failures.provider,
                "The request holds a number that JSON cannot express (infinite or not a number)."
            )
        }
        return bytes
    }
}
