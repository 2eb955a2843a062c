/// A form with one file, as `multipart/form-data` (RFC 7578).
struct MultipartForm: Sendable {
    /// A file of a form.
    struct File: Sendable {
        var field: String
        var name: String
        var contentType: String
        var bytes: [UInt8]
    }

    /// What separates the parts; it must not occur in them, so it should be random.
    let boundary: String

    /// The header that announces the form.
    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    /// The form's bytes.
    func body(fields: [(name: String, value: String)], file: File) -> [UInt8] {
        var body: [UInt8] = []
        for field in fields {
            let head = "Content-Disposition: form-data; name=\"\(Self.quoted(field.name))\"\r\n\r\n"
            body += Array("--\(boundary)\r\n\(head)\(field.value)\r\n".utf8)
        }
        let name = Self.quoted(file.name)
        let head = """
            --\(boundary)\r
            Content-Disposition: form-data; name="\(Self.quoted(file.field))"; filename="\(name)"\r
            Content-Type: \(Self.oneLine(file.contentType))\r
            \r\n
            """
        body += Array(head.utf8) + file.bytes
        body += Array("\r\n--\(boundary)--\r\n".utf8)
        return body
    }

    /// A value inside quotes, with the three characters escaped that would end it (as browsers do).
    private static func quoted(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\"": result += "%22"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func oneLine(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }.map(Character.init))
    }
}
