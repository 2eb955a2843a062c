/// The URIs by which Yandex names models.
enum YandexModelURI {
    /// The URI of a chat model: `gpt://<folder>/<name>/<version>`, unless `model` is a URI already.
    static func chat(_ model: String, folder: String) -> String {
        uri(model, scheme: "gpt", folder: folder)
    }

    /// The URI of an embedding model: `emb://<folder>/<name>/<version>`, unless `model` is a URI already.
    static func embedding(_ model: String, folder: String) -> String {
        uri(model, scheme: "emb", folder: folder)
    }

    private static func uri(_ model: String, scheme: String, folder: String) -> String {
        if model.contains("://") { return model }
        // A version (`/latest`) or the suffix of a tuned model (`@…`) is kept; a bare name means the latest.
        let versioned = model.contains("/") || model.contains("@") ? model : model + "/latest"
        return "\(scheme)://\(folder)/\(versioned)"
    }
}
