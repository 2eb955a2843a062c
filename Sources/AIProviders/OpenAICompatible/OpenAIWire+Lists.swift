internal import FoundationEssentials

extension OpenAIWire {
    /// The answer to `GET /models`: OpenAI's `data`, Ollama's `models`, a bare list; Ollama without models writes `null`.
    struct Models: Decodable {
        struct Model: Decodable {
            var id: String?
            var name: String?
            var model: String?
            var ownedBy: String?

            enum CodingKeys: String, CodingKey {
                case id, name, model
                case ownedBy = "owned_by"
            }
        }

        enum CodingKeys: String, CodingKey {
            case data, models
        }

        /// The models that have a name.
        let infos: [ModelInfo]

        init(from decoder: any Decoder) throws {
            var models: [Model]
            if (try? decoder.unkeyedContainer()) != nil {
                models = try WireList<Model>(from: decoder).elements
            } else {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                guard container.contains(.data) || container.contains(.models) else {
                    throw DecodingError.keyNotFound(
                        CodingKeys.data,
                        .init(codingPath: decoder.codingPath, debugDescription: "neither data nor models")
                    )
                }
                models = try container.decodeIfPresent(WireList<Model>.self, forKey: .data)?.elements ?? []
                if models.isEmpty {
                    models = try container.decodeIfPresent(WireList<Model>.self, forKey: .models)?.elements ?? []
                }
            }
            infos = models.compactMap { model in
                (model.id ?? model.model ?? model.name).map { ModelInfo(id: $0, ownedBy: model.ownedBy) }
            }
        }
    }

    /// The answer to `POST /embeddings`.
    struct Embeddings: Decodable {
        struct Item: Decodable {
            var index: Int?
            var embedding: Vector
        }

        var data: [Item]
        var model: String?
    }

    /// A vector as numbers, in a list of its own, or as the base64 of its 32-bit floats.
    struct Vector: Decodable {
        let values: [Double]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let nested = try? container.decode([[Double]].self), nested.count == 1 {
                values = nested[0]
            } else if let text = try? container.decode(String.self), let data = Data(base64Encoded: text),
                data.count.isMultiple(of: 4)
            {
                let bytes = [UInt8](data)
                values = stride(from: 0, to: bytes.count, by: 4).map { start in
                    let bits = (0..<4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + $1]) }
                    return Double(Float(bitPattern: bits))
                }
            } else {
                values = try container.decode([Double].self)
            }
        }
    }
}
