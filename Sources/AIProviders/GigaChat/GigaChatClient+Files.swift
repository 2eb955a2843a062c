public import HTTPSessionPool

extension GigaChatClient {
    /// A file in the account's storage, to be named in a message's `attachments`.
    public struct File: Sendable, Hashable {
        /// The id by which it is named.
        public let id: String
        /// Its name, as it was sent.
        public let name: String?
        /// Its size.
        public let bytes: Int?
        /// What it is for: `general` or `assistant`.
        public let purpose: String?
    }

    private struct WireFile: Decodable {
        var id: String
        var filename: String?
        var bytes: WireInteger?
        var purpose: String?

        var common: File { File(id: id, name: filename, bytes: bytes?.value, purpose: purpose) }
    }

    private struct WireFiles: Decodable {
        var data: [WireFile]
    }

    private struct Deletion: Decodable {
        var deleted: Bool
    }

    /// Stores a file for later requests.
    ///
    /// The provider takes texts up to 40 MB, images up to 15 MB and sounds up to 35 MB.
    public func uploadFile(
        _ bytes: [UInt8],
        name: String,
        contentType: String,
        purpose: String = "general",
        on session: Session? = nil
    ) async throws(ProviderError) -> File {
        let form = MultipartForm(boundary: "form-" + RequestID.make())
        var request = try request(.post, "/files")
        request.headers["Content-Type"] = form.contentType
        request.body = form.body(
            fields: [("purpose", purpose)],
            file: .init(field: "file", name: name, contentType: contentType, bytes: bytes)
        )
        let response = try await channel.send(request, on: session)
        return try channel.decode(WireFile.self, from: response).common
    }

    /// The files in the account's storage.
    public func files(on session: Session? = nil) async throws(ProviderError) -> [File] {
        let response = try await channel.send(try request(.get, "/files"), on: session)
        return try channel.decode(WireFiles.self, from: response).data.map(\.common)
    }

    /// The bytes of a file: an uploaded one, or one that a built-in function made.
    ///
    /// The provider gives generated images only to the `X-Client-ID` that asked for them.
    public func fileContent(_ id: String, on session: Session? = nil) async throws(ProviderError) -> [UInt8] {
        var request = try request(.get, "/files/\(id.pathSegment)/content")
        request.headers["Accept"] = "application/jpg"
        return try await channel.send(request, on: session).body
    }

    /// Deletes a file.
    public func deleteFile(_ id: String, on session: Session? = nil) async throws(ProviderError) {
        var request = try request(.post, "/files/\(id.pathSegment)/delete")
        request.body = []
        let response = try await channel.send(request, on: session)
        guard try channel.decode(Deletion.self, from: response).deleted else {
            throw channel.failures.malformed("the file was not deleted", body: response.body)
        }
    }
}
