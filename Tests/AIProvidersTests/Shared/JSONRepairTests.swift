import Testing

@testable import AIProviders

struct JSONRepairTests {
    @Test(arguments: [
        // elie222/rakazo#416: gateways cut between UTF-16 units
        (#"{"a":"Hi \ud83d"}"#, "Hi \u{FFFD}"), (#"{"a":"\ude00!"}"#, "\u{FFFD}!"),
        (#"{"a":"\ud83d\ude00\ud83d"}"#, "😀\u{FFFD}"),
        (#"{"a":"\\ud83d","b":"\udc00"}"#, #"\ud83d"#), (#"{"a":"x","b":NaN,"c":[-Infinity,Infinity]}"#, "x"),
        ("{\"a\":\"x\ty\"}", "x\ty"), (#"{"a":"NaN\ud83d"}"#, "NaN\u{FFFD}"),
    ])
    func `what is nearly JSON is read`(text: String, value: String) {
        #expect(JSONValue(parsing: text)?["a"]?.string == value)
    }

    @Test(arguments: ["{", #"{"a":}"#, #"{"a":"\ud83d""#, "NaN x", #"{"a":"\"#, #"{"a":"\u12"#])
    func `what is no JSON stays so`(text: String) {
        #expect(JSONValue(parsing: text) == nil)
    }

    @Test func `bytes that are no UTF-8 become U+FFFD`() {
        #expect(JSONValue(parsing: Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8))?["a"]?.string == "\u{FFFD}")
    }

    @Test(arguments: [
        "18446744073709551615", "-9223372036854775809", "0.1234567890123456789", "123456789012345678901234567890",
    ])
    func `a number with more digits than a Double keeps says what it said`(digits: String) {
        let value = JSONValue(parsing: #"{"id":\#(digits)}"#)
        #expect(value?["id"] == .decimal(digits))
        #expect(value?.text == #"{"id":\#(digits)}"#)
    }

    @Test func `a number that a Double gives back is a Double`() {
        #expect(JSONValue(parsing: "[0.1,1e300,5.0,100000000000000000000]") == [0.1, 1e300, 5, 1e20])
        #expect(JSONValue.decimal("no").text == nil)
        #expect(JSONValue.decimal("18446744073709551615").number == 18_446_744_073_709_551_616)
    }
}
