import AIProviders
import HTTPSessionPool
import Testing

/// What seed 004 says of the clients, each test named after its sentence.
@Suite(.timeLimit(.minutes(1)))
struct SeedClientsTests {
    @Test func `Клиенты автоматически используют глобальный пул`() async {
        // In a process of its own: other tests may use the shared pool. Nothing is opened before a request.
        await #expect(processExitsWith: .success) {
            let gigaChat = try GigaChatClient(GigaChatConfiguration(credentials: .accessToken("token-0123")))
            let yandex = YandexGPTConfiguration(folderID: "b1g", credentials: .apiKey("key-0123"))
            let yandexGPT = try YandexGPTClient(yandex)
            let naparnik = try NaparnikClient(NaparnikConfiguration(token: "token-0123"))
            // The parameter is left out: the pool is what they use unasked.
            let sessions = [
                try await gigaChat.session(), try await yandexGPT.session(), try await naparnik.session(),
            ]
            #expect(Set(sessions.map(\.id)).count == 3)
            #expect(SessionPool.shared.statistics.sessions.map(\.id) == sessions.map(\.id))
            await SessionPool.closeShared()
            // The next request goes to the pool of the moment.
            let again = try await gigaChat.session()
            #expect(SessionPool.shared.statistics.sessions.map(\.id) == [again.id])
            await SessionPool.closeShared()
        }
    }

    @Test func `session = await client._get_session(use_pool=False)`() async {
        await #expect(processExitsWith: .success) {
            let gigaChat = try GigaChatClient(GigaChatConfiguration(credentials: .accessToken("token-0123")))
            let yandex = YandexGPTConfiguration(folderID: "b1g", credentials: .apiKey("key-0123"))
            let yandexGPT = try YandexGPTClient(yandex)
            let naparnik = try NaparnikClient(NaparnikConfiguration(token: "token-0123"))
            let clients: [any ChatClient] = [gigaChat, yandexGPT, naparnik]
            for client in clients {
                let (first, second) = (
                    try await client.session(usePool: false), try await client.session(usePool: false)
                )
                #expect(first !== second)
                await SessionPool.shared.closeAll()
                #expect(!first.isClosed, "nobody but its owner closes it")
                await first.close()
                #expect(first.isClosed && !second.isClosed)
                await second.close()
            }
            #expect(SessionPool.shared.statistics.sessionsCreated == 0)
            await SessionPool.closeShared()
        }
    }
}
