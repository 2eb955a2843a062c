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
