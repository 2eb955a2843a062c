import Testing

@testable import AIProviders

struct JSONValueTests {
    @Test(arguments: [
        #"{"a":[1,2.5,"x",true,null,{}],"b":{"c":[]}}"#, "9007199254740993", "-9223372036854775808", #""""#, "[]",
        "0.1",
    ])
    func `survives a round trip`(text: String) throws {
        let value = try #require(JSONValue(parsing: text))
        #expect(value.text == text)
    }

    @Test func `integers of 64 bits stay exact`() {
        #expect(JSONValue(parsing: "9223372036854775807") == .integer(.max))
        #expect(JSONValue(parsing: "9007199254740993")?.integer == 9_007_199_254_740_993)
    }

    @Test func `a whole double equals the integer`() {
        #expect(JSONValue(parsing: "[5.0,4.0]") == [5, 4])
        #expect(JSONValue.number(5).integer == 5)
        #expect(JSONValue.number(5.5).integer == nil)
    }

    @Test func `members are written in one order, so that equal requests are equal bytes`() {
        let value: JSONValue = ["b": 1, "a": ["d": "x/y", "c": nil]]
        #expect(value.text == #"{"a":{"c":null,"d":"x/y"},"b":1}"#)
    }

    @Test(arguments: ["", "{", "{\"a\":}", "nope", "{\"a\":1}}"])
    func `what is no JSON has no value`(text: String) {
        #expect(JSONValue(parsing: text) == nil)
    }

    @Test func `a number that JSON cannot express has no bytes`() {
        #expect(JSONValue.array([.number(.infinity)]).bytes == nil)
    }

    @Test func `members and elements are reached without unwrapping`() {
        let value: JSONValue = ["a": [["b": true]]]
        #expect(value["a"]?[0]?["b"]?.bool == true)
        #expect(value["a"]?[1] == nil)
        #expect(value["x"]?["y"] == nil)
    }
}

struct SecretTests {
    @Test func `never shows itself, nor does a client`() throws {
        let secret: Secret = "top-secret-value"
        var dumped = ""
        dump(["key": secret], to: &dumped)
        var configuration = OpenAICompatibleConfiguration.openAI(apiKey: secret)
        configuration.model = "m"
        dump(configuration, to: &dumped)
        dump(GigaChatConfiguration(credentials: .client(id: "id", secret: secret)), to: &dumped)
        dump(try OpenAICompatibleClient(configuration), to: &dumped)
        dump(try GigaChatClient(GigaChatConfiguration(credentials: .authorizationKey(secret))), to: &dumped)
        dump(try NaparnikClient(NaparnikConfiguration(token: secret)), to: &dumped)
        dump(try YandexGPTClient(YandexGPTConfiguration(folderID: "f", credentials: .apiKey(secret))), to: &dumped)
        let texts = ["\(secret)", String(reflecting: secret), String(describing: secret), dumped, "\(configuration)"]
        for text in texts { #expect(!text.contains("top-secret")) }
        #expect(secret.reveal() == "top-secret-value")
    }
}
