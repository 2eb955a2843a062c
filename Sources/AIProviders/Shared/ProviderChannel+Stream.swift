internal import HTTPSessionPool

extension ProviderChannel {
    /// The deltas of a response that should be a stream of events.
    ///
    /// A service that does not stream, or an error that came with a successful status, is one JSON object; a page in HTML is
    /// neither. Events under the content type of JSON are read as what they are, but only when all have arrived.
    ///
    /// - Parameters:
    ///   - response: The response, nothing of its body read.
    ///   - decoder: Decodes the events.
    ///   - answer: Reads the answer that came as a whole.
    /// - Returns: The source of the deltas.
    /// - Throws: ``ProviderError`` when the whole answer is an error, or there is no answer.
    func source<Decoder: StreamDecoder>(
        _ response: StreamingResponse,
        decoder: Decoder,
        answer: (Response) throws(ProviderError) -> ChatResponse
    ) async throws(ProviderError) -> any DeltaSource where Decoder.Frame == ServerSentEvent {
        let requestID = failures.requestID(in: response.headers)
        let type = response.headers["content-type"]?.lowercased() ?? ""
        guard type.hasPrefix("application/json") || type.hasPrefix("text/html") else {
            return FramedSource(
                response.body.lenientEvents.makeAsyncIterator(),
                decoder: decoder,
                provider: failures.provider,
                requestID: requestID,
                drain: response.body.drain
            )
        }
        let whole: Response
        do throws(SessionError) {
            whole = Response(
                status: response.status,
                headers: response.headers,
                body: try await response.body.collect()
            )
        } catch {
            throw ProviderError(interruption: error, failures.provider, hasBegun: false)
        }
        if let events = Self.events(in: whole.body) {
            return FramedSource(events, decoder: decoder, provider: failures.provider, requestID: requestID)
        }
        if type.hasPrefix("text/html") { throw failures.page(whole, requestID: requestID) }
        return ListSource(try answer(whole))
    }

    /// Makes sure that a response that should be a stream of events is no page in HTML.
    func checkNoPage(_ response: StreamingResponse) async throws(ProviderError) {
        guard response.headers["content-type"]?.lowercased().hasPrefix("text/html") == true else { return }
        let whole = Response(
            status: response.status,
            headers: response.headers,
            body: await response.body.beginning(upTo: Self.errorBodyLimit)
        )
        throw failures.page(whole, requestID: failures.requestID(in: response.headers))
    }

    /// The answer in a whole response that is a stream of events, though none was asked for; `nil` when it is none.
    ///
    /// Gateways were seen that answer every request in events, write `data: [DONE]` after a whole answer, or comments around
    /// it.
    func answer<Decoder: StreamDecoder>(
        inEventsOf response: Response,
        decoder: Decoder
    ) throws(ProviderError) -> ChatResponse? where Decoder.Frame == ServerSentEvent {
        guard let events = Self.events(in: response.body) ?? Self.eventsAfterJSON(in: response.body) else { return nil }
        var decoder = decoder
        var accumulator = ChatAccumulator()
        for event in events.events where !decoder.ignoresRest {
            for delta in try decoder.decode(event) { accumulator.add(delta) }
        }
        guard decoder.isComplete else {
            var error = ProviderError(
                .streamTruncated,
                failures.provider,
                FramedEnd.message(accumulator, decoder.skipped)
            )
            error.requestID = failures.requestID(in: response.headers)
            error.partial = accumulator.response
            throw error
        }
        for delta in decoder.finish() { accumulator.add(delta) }
        return accumulator.response
    }

    /// The events in a whole body; `nil` when it is something else, such as JSON.
    private static func events(in body: [UInt8]) -> WholeEvents? {
        let start = String(decoding: body.prefix(64), as: UTF8.self).trimmingWhitespace
        guard ["data:", "event:", "id:", "retry:", "error:", ":"].contains(where: start.hasPrefix) else { return nil }
        return allEvents(in: body)
    }

    /// The events of a body that begins with an object of JSON and goes on with fields of events or comments.
    private static func eventsAfterJSON(in body: [UInt8]) -> WholeEvents? {
        guard let last = body.last(where: { $0 > UInt8(ascii: " ") }), last != UInt8(ascii: "}"),
            let end = body.lastIndex(of: UInt8(ascii: "}"))
        else { return nil }
        let rest = String(decoding: body[(end + 1)...].prefix(64), as: UTF8.self).trimmingWhitespace
        guard rest.hasPrefix("data:") || rest.hasPrefix(":") else { return nil }
        return allEvents(in: body)
    }

    private static func allEvents(in body: [UInt8]) -> WholeEvents? {
        var decoder = ServerSentEventDecoder(maxLineSize: body.count, maxEventSize: body.count, dialect: .lenient)
        var events: [ServerSentEvent] = []
        do {
            try decoder.decode(body, into: &events)
            if let last = try decoder.finish(), last.isWhole { events.append(last) }
        } catch {
            return nil
        }
        return WholeEvents(events: events[...])
    }
}

/// Events that have all arrived.
private struct WholeEvents: AsyncIteratorProtocol {
    var events: ArraySlice<ServerSentEvent>

    mutating func next() async throws(SessionError) -> ServerSentEvent? { events.popFirst() }

    mutating func next(isolation actor: isolated (any Actor)?) async throws(SessionError) -> ServerSentEvent? {
        events.popFirst()
    }
}

extension FailureReader {
    /// The error for a page in HTML in place of events.
    fileprivate func page(_ response: Response, requestID: String?) -> ProviderError {
        let page = ErrorBody(response.body).message ?? "an empty page"
        return malformed("it is \(page), not a stream of events", body: [], requestID: requestID)
    }
}

extension ResponseBody {
    /// The first bytes of a body; what cannot be read is left out.
    func beginning(upTo limit: Int) async -> [UInt8] {
        var bytes: [UInt8] = []
        var pieces = makeAsyncIterator()
        // The error is known already: a body that breaks off only takes details away.
        while bytes.count < limit, let piece = try? await pieces.next() { bytes += piece }
        return Array(bytes.prefix(limit))
    }

    /// Reads and throws away what follows the end marker of a stream.
    ///
    /// HTTP/1.1 keeps a connection only if its response was read to the end, which comes at once after the marker. A server
    /// that does not end its response loses the connection instead of holding up the caller.
    func drain() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var pieces = makeAsyncIterator()
                // The answer is complete: whatever happens to the connection now is no failure of the request.
                while let piece = try? await pieces.next(), !piece.isEmpty { continue }
            }
            group.addTask { try? await Task.sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
    }
}
