/// A file that a client has stored.
struct GigaChatFile: Hashable, Sendable {
    var id: String
    var name: String
    var purpose: String
    var created: Int
    var content: [UInt8]

    var json: JSON {
        [
            "id": .string(id), "object": "file", "bytes": .integer(content.count), "created_at": .integer(created),
            "filename": .string(name), "purpose": .string(purpose), "access_policy": "private",
        ]
    }
}

extension GigaChatService {
    /// `/api/v1/files` and what lies below.
    func files(_ request: HTTPRequest, _ path: [String]) throws(GigaChatError) -> Reply {
        switch (request.method, path.count) {
        case ("POST", 0): return try upload(request)
        case ("GET", 0):
            let files = state.withLock { $0.files }
            return .json(["data": .array(files.map(\.json))], contentType: Self.contentType)
        case ("GET", 1): return .json(try file(path[0]).json, contentType: Self.contentType)
        case ("GET", 2) where path[1] == "content":
            return .bytes(try file(path[0]).content, contentType: "application/octet-stream")
        case ("POST", 2) where path[1] == "delete":
            let file = try file(path[0])
            state.withLock { $0.files.removeAll { $0.id == file.id } }
            return .json(
                ["id": .string(file.id), "deleted": true, "access_policy": "private"],
                contentType: Self.contentType
            )
        default: throw GigaChatError(404, "Not found")
        }
    }

    private func file(_ id: String) throws(GigaChatError) -> GigaChatFile {
        guard let file = state.withLock({ $0.files.first { $0.id == id } }) else {
            throw GigaChatError(404, "File not found")
        }
        return file
    }

    private func upload(_ request: HTTPRequest) throws(GigaChatError) -> Reply {
        guard let parts = MultipartForm(request), let part = parts["file"] else {
            throw GigaChatError(400, "the form has no part 'file'")
        }
        let file = GigaChatFile(
            id: identifiers.uuid(),
            name: part.fileName ?? "file",
            purpose: parts["purpose"].map { String(decoding: $0.content, as: UTF8.self) } ?? "general",
            created: Int(SystemClock.wall / 1_000_000_000),
            content: part.content
        )
        state.withLock { $0.files.append(file) }
        return .json(file.json, contentType: Self.contentType)
    }
}
