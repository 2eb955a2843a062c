internal import HTTPSessionPool

extension ProviderChannel {
    /// The answer as a whole, if the server sent JSON although a stream of events was asked for; `nil` for a stream.
    func wholeAnswer(_ response: StreamingResponse) async throws(ProviderError) -> Response? {
        guard let type = response.headers["content-type"]?.lowercased(), type.hasPrefix("application/json") else {
            return nil
        }
        do throws(SessionError) {
            let body = try await response.body.collect()
            return Response(status: response.status, headers: response.headers, body: body)
        } catch {
            throw ProviderError(error, failures.provider)
        }
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
                // The answer is complete: whatever happens to the connection now is no failure of the request.
                var pieces = makeAsyncIterator()
                while let piece = try? await pieces.next(), !piece.isEmpty { continue }
            }
            group.addTask { try? await Task.sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
    }
}
