internal import HTTPSessionPool

/// Where the requests of a client run: on a session of a pool, or on one that the client owns.
struct SessionSource: Sendable {
    private let provider: Provider
    /// The base URL, for requests that leave its path but not its origin.
    let baseURL: BaseURL
    private let url: String
    private var configuration: SessionConfiguration
    private let pool: SessionPool?
    private var owned: OwnedSession?

    /// Makes a source; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - provider: Whose client it is, for errors.
    ///   - baseURL: The base URL of the sessions.
    ///   - configuration: The configuration of the sessions.
    ///   - pool: The pool; `nil` takes the shared one of the moment.
    ///   - usePool: `false` gives the client a session of its own.
    /// - Throws: ``ProviderError/Code/invalidConfiguration`` when the base URL cannot be used.
    init(
        _ provider: Provider,
        baseURL: String,
        configuration: SessionConfiguration,
        pool: SessionPool?,
        usePool: Bool
    ) throws(ProviderError) {
        self.provider = provider
        self.configuration = configuration
        self.pool = pool
        url = baseURL
        do throws(SessionError) {
            self.baseURL = try BaseURL(baseURL)
        } catch {
            throw ProviderError(.invalidConfiguration, provider, "The base URL cannot be used: \(error.message)")
        }
        owned = usePool ? nil : OwnedSession()
    }

    /// The session for the client's own requests.
    func current() async throws(ProviderError) -> Session {
        guard let owned else { return try await session(usePool: true) }
        do throws(SessionError) {
            return try await owned.session(url, configuration)
        } catch {
            throw ProviderError(error, provider)
        }
    }

    /// The pool's session, or a new private one.
    func session(usePool: Bool) async throws(ProviderError) -> Session {
        do throws(SessionError) {
            guard usePool else { return try Session(url, configuration: configuration) }
            return try await (pool ?? .shared).session(for: url, configuration: configuration)
        } catch {
            throw ProviderError(error, provider)
        }
    }

    /// The same place, with other sessions.
    func changed(_ change: (inout SessionConfiguration) -> Void) -> SessionSource {
        var copy = self
        change(&copy.configuration)
        if owned != nil { copy.owned = OwnedSession() }
        return copy
    }

    /// Closes the session that the client owns, if it does.
    func close() async {
        await owned?.close()
    }
}

/// A session that is opened at its first use and closed by its owner.
private actor OwnedSession {
    private var session: Session?
    private var isClosed = false

    func session(_ baseURL: String, _ configuration: SessionConfiguration) throws(SessionError) -> Session {
        if isClosed { throw SessionError(.sessionClosed, "The client was closed; make a new one.", origin: baseURL) }
        if let session { return session }
        let opened = try Session(baseURL, configuration: configuration)
        session = opened
        return opened
    }

    /// Closes the session for good: a later request fails instead of opening another that nobody would close.
    func close() async {
        isClosed = true
        let opened = session
        session = nil
        await opened?.close()
    }
}

/// Opaque names for credentials, by which the pool keeps the sessions of different accounts apart.
enum CredentialsScope {
    /// A name for an account.
    ///
    /// It is made with the process's random hash seed, so it says nothing about the secret and means nothing elsewhere.
    static func name(_ provider: Provider, _ parts: some Hashable) -> String {
        let halves = [0, 1].map { salt in
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(provider)
            hasher.combine(parts)
            return String(UInt64(bitPattern: Int64(hasher.finalize())), radix: 16)
        }
        return provider.rawValue + "-" + halves.joined(separator: "-")
    }
}
