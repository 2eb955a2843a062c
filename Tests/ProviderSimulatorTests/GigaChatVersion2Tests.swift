import ProviderSimulator
import Testing

@Suite struct GigaChatVersion2Tests {
    private static let path = "/api/v2/chat/completions"

    private static func chat(_ prompt: String = "привет", stream: Bool = false, _ more: String = "") -> String {
        """
        {"model":"GigaChat-3-Ultra","messages":[{"role":"user","content":[{"text":"\(prompt)"}]}],\
        "stream":\(stream)\(more)}
        """
    }

    private static let tools = """
        ,"tools":[{"functions":{"specifications":[{"name":"get_order","parameters":{"type":"object",\
        "properties":{"order_id":{"type":"string"}}}}]}}]
        """

    @Test func `a chat answers in the recorded shape`() async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.gigachat(Self.path, Self.chat("раз"))
            let json = try response.json()
            #expect(response[field: "Server"] == "nginx")
            #expect(json.names == ["model", "created_at", "messages", "finish_reason", "usage"])
            #expect(json.messages[0].content[0].text.string?.contains("«раз»") == true)
            #expect(json.finish_reason.string == "stop")
            #expect(json.usage.names == ["input_tokens", "input_tokens_details", "output_tokens", "total_tokens"])
        }
    }

    @Test func `a stream has named events and no DONE`() async throws {
        try await withSimulator { simulator throws in
            let response = try simulator.gigachat(Self.path, Self.chat(stream: true))
            #expect(response[field: "Content-Type"] == "text/event-stream")
            #expect(response.texts.dropLast().allSatisfy { $0.hasPrefix("event: response.message.delta\ndata: {") })
            #expect(response.texts.last?.hasPrefix("event: response.message.done\ndata: {") == true)
            #expect(!response.text.contains("[DONE]"))
            let events = try response.jsonEvents()
            let whole = try simulator.gigachat(Self.path, Self.chat()).json()
            let text = events.compactMap(\.messages[0].content[0].text.string).joined()
            #expect(text == whole.messages[0].content[0].text.string)
            #expect(events.last?.finish_reason.string == "stop")
            #expect(events.last?.usage.total_tokens == whole.usage.total_tokens)
        }
    }

    @Test func `a forced function is called, and its result may have either role`() async throws {
        try await withSimulator { simulator throws in
            let forced = Self.tools + #","tool_config":{"mode":"forced","function_name":"get_order"}"#
            let json = try simulator.gigachat(Self.path, Self.chat("A-1024", forced)).json()
            #expect(json.finish_reason.string == "function_call")
            #expect(json.messages[0].tool_state_id.string?.utf8.count == 36)
            #expect(json.messages[0].content[0].function_call.arguments.order_id.string == "A-1024")
            for role in ["tool", "function"] {
                #expect(
                    try simulator.gigachat(Self.path, Self.result(role: role)).json().finish_reason.string == "stop"
                )
            }
        }
    }

    private static func result(role: String) -> String {
        """
        {"model":"GigaChat-3-Ultra","messages":[{"role":"user","content":[{"text":"?"}]},\
        {"role":"\(role)","content":[{"function_result":{"name":"get_order","result":{"ok":true}}}]}]}
        """
    }

    @Test func `the role of a result can be strict`() async throws {
        try await withSimulator({ $0.gigachat.toolResultRole = .function }) { simulator throws in
            #expect(try simulator.gigachat(Self.path, Self.result(role: "tool")).status == 400)
            #expect(try simulator.gigachat(Self.path, Self.result(role: "function")).status == 200)
        }
    }

    @Test func `built-in tools report their run`() async throws {
        try await withSimulator { simulator throws in
            let body = Self.chat(stream: true, #","tools":[{"web_search":{}}]"#)
            let response = try simulator.gigachat(Self.path, body)
            let names = response.texts.map { $0.split(separator: "\n")[0] }
            #expect(
                names.prefix(3) == [
                    "event: response.tool.in_progress", "event: response.tool.completed",
                    "event: response.message.delta",
                ]
            )
            let execution = try response.jsonEvents()[1].messages[0].content[0].tool_execution
            #expect(execution.name.string == "web_search")
            #expect(execution.status.string == "success")
        }
    }

    @Test(arguments: [
        (chat().replacing("}]}]", with: "}]}"), 400), (chat("", #","tools":[{"teleport":{}}]"#), 404),
        (chat("", #","tools":[{"functions":{"specifications":[{"name":"имя"}]}}]"#), 422),
        (chat("", #","model_options":{"response_format":{"type":"json_object"}}"#), 400),
        (chat("", #","model_options":{"response_format":{"type":"json_schema","schema":{}}}"#), 400),
    ])
    func `bad requests are refused`(body: String, status: Int) async throws {
        try await withSimulator { simulator throws in
            #expect(try simulator.gigachat(Self.path, body).status == status)
        }
    }

    @Test func `version 2 can be shut with an HTML page, and has no files`() async throws {
        try await withSimulator({ $0.gigachat.isVersion2Forbidden = true }) { simulator throws in
            for path in [Self.path, "/api/v2/files"] {
                let response = try simulator.gigachat(path, Self.chat())
                #expect(response.status == 403)
                #expect(response[field: "Content-Type"] == "text/html")
                #expect(response.text.hasPrefix("<html>"))
            }
            #expect(try simulator.gigachat("/api/v1/models").status == 200)
        }
    }
}
