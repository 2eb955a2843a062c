/// What the model says: text, in chunks, with its count of tokens.
struct AnswerScript: Sendable {
    var text: String
    var chunks: [String]
    var promptTokens: Int
    var completionTokens: Int
    /// Reasoning that precedes the text, for providers that show it.
    var reasoning: String?

    /// The answer to a prompt.
    init(_ answer: SimulatorAnswer, prompt: String, context: [String] = []) {
        self.init(text: answer.text ?? Self.standardText(prompt), prompt: prompt, context: context, answer: answer)
    }

    /// An answer with a given text.
    init(text: String, prompt: String, context: [String] = [], answer: SimulatorAnswer) {
        self.text = text
        chunks = Self.cut(text, into: answer.chunks)
        promptTokens = TokenCounter.count(prompt) + context.reduce(0) { $0 + TokenCounter.count($1) }
        completionTokens = TokenCounter.count(text)
        reasoning = answer.reasoning
    }

    /// Russian, English, emoji of several scalars and characters outside the basic plane, then the prompt itself.
    private static func standardText(_ prompt: String) -> String {
        """
        Здравствуйте! 👋🏽 This is the provider simulator — симулятор провайдера.
        - Ёлки, naïve café, 42 €, 1 000 ₽, 𝄞, 家族 👨‍👩‍👧‍👦.
        Вы спросили / you asked: «\(prompt)»
        """
    }

    /// The text in `count` pieces of nearly equal length, never cut inside a character; fewer if it is shorter.
    static func cut(_ text: String, into count: Int) -> [String] {
        let characters = Array(text)
        let pieces = max(1, min(count, characters.count))
        return (0..<pieces).map { index in
            String(characters[characters.count * index / pieces..<characters.count * (index + 1) / pieces])
        }
    }
}

/// A rough, deterministic count of tokens: a word is a token per started eight letters, any other sign is one.
enum TokenCounter {
    static func count(_ text: String) -> Int {
        pieces(text).count
    }

    /// The text cut into tokens.
    static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var word = ""
        func flush() {
            if !word.isEmpty { pieces.append(word) }
            word = ""
        }
        for character in text {
            if character.isLetter || character.isNumber {
                word.append(character)
                if word.count == 8 { flush() }
            } else {
                flush()
                if !character.isWhitespace { pieces.append(String(character)) }
            }
        }
        flush()
        return pieces
    }
}
