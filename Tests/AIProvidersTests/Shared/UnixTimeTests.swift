import Testing

@testable import AIProviders

struct UnixTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("2026-01-01T12:00:00.123456789Z", 1_767_268_800, 123_456_789),
        ("2024-02-29T23:59:59.5Z", 1_709_251_199, 500_000_000), ("2000-03-01T00:00:00Z", 951_868_800, 0),
        ("1969-12-31T23:59:59Z", -1, 0), ("2026-01-01T15:00:00+03:00", 1_767_268_800, 0),
        ("2026-01-01T06:30:00-05:30", 1_767_268_800, 0),
        ("2026-01-01T12:00:00.1234567891Z", 1_767_268_800, 123_456_789),
    ])
    func `reads RFC 3339 up to nanoseconds`(text: String, seconds: Int, nanoseconds: Int) throws {
        let time = try #require(UnixTime(rfc3339: text))
        #expect(time.sinceEpoch == .seconds(seconds) + .nanoseconds(nanoseconds))
    }

    @Test(arguments: [
        "", "2026-01-01", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zjunk", "1739784663483",
    ])
    func `refuses what is no RFC 3339 timestamp`(text: String) {
        #expect(UnixTime(rfc3339: text) == nil)
    }

    @Test func `reads the date of an HTTP header`() throws {
        let time = try #require(UnixTime(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT"))
        #expect(time.sinceEpoch == .seconds(784_111_777))
        #expect(UnixTime(httpDate: "Sunday, 06-Nov-94 08:49:37 GMT") == nil)
        #expect(UnixTime(httpDate: "Sun, 06 Nov 1994 08:49 GMT") == nil)
    }

    @Test func `every day of 400 years follows the one before`() throws {
        var expected: Duration = .seconds(-11_676_096_000)
        for year in 1600..<2000 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let time = UnixTime(year: year, month: month, day: day) else { continue }
                    try #require(time.sinceEpoch == expected, "\(year)-\(month)-\(day)")
                    expected += .seconds(86_400)
                }
            }
        }
        #expect(expected == .seconds(946_684_800))
    }
}
