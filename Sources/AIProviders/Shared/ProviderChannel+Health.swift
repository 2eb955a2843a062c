internal import HTTPSessionPool

extension ProviderChannel {
    /// The same channel on sessions whose health is checked by a request that the provider really works on.
    ///
    /// All clients of an account share a session, whatever their models, and with it the probe of the first of them.
    ///
    /// - Parameter request: Makes the request, without its authorization, for each check. It must not hold this channel's
    ///   copy that is returned: the session would keep itself alive.
    /// - Returns: The channel.
    func checkingHealth(
        by request: @escaping @Sendable () async throws(ProviderError) -> Request
    ) -> ProviderChannel {
        let authorizer = authorizer
        let probe = CompletionProbe("\(failures.provider) completion") {
            do throws(ProviderError) {
                let authorization = try await authorizer.authorization()
                return Self.authorized(try await request(), authorization)
            } catch {
                // A provider's text holds no secret, and says more than the type of the error.
                throw error.underlying ?? SessionError(.invalidRequest, error.message)
            }
        }
        return ProviderChannel(
            sessions: sessions.changed { $0.health.mode = .completion(probe) },
            authorizer: authorizer,
            failures: failures
        )
    }
}

extension ChatRequest {
    /// The cheapest chat there is: a prompt of one token, and an answer of one.
    static var probe: ChatRequest {
        var request = ChatRequest("1")
        request.maxTokens = 1
        return request
    }
}
