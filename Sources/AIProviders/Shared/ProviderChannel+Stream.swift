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
                response.body.events.makeAsyncIterator(),
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
        if type.hasPrefix("text/html") {
            let page = ErrorBody(whole.body).message ?? "an empty page"
            throw failures.malformed("it is \(page), not a stream of events", body: [], requestID: requestID)
        }
        if let events = Self.events(in: whole.body) {
            return FramedSource(events, decoder: decoder, provider: failures.provider, requestID: requestID)
        }
        return ListSource(try answer(whole))
    }

    /// The events in a whole body; `nil` when it is something else, such as JSON.
    private static func events(in body: [UInt8]) -> WholeEvents? {
        let start = String(decoding: body.prefix(64), as: UTF8.self).trimmingWhitespace
        guard ["data:", "event:", "id:", ":"].contains(where: start.hasPrefix) else { return nil }
        var decoder = ServerSentEventDecoder(maxLineSize: body.count, maxEventSize: body.count)
        var events: [ServerSentEvent] = []
        guard (try? decoder.decode(body, into: &events)) != nil else { return nil }
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

extension ResponseBody {
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
