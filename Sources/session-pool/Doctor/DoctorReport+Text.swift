extension DoctorReport {
    /// The report as a person reads it.
    var text: String {
        var sections = [
            section(
                "libcurl",
                [
                    ("version", libcurl.version),
                    ("TLS", libcurl.tls.isEmpty ? "none" : libcurl.tls),
                    ("HTTP/2", libcurl.http2.isEmpty ? "none" : "nghttp2/" + libcurl.http2),
                    ("protocols", libcurl.protocols.joined(separator: " ")),
                    ("features", libcurl.features.joined(separator: " ")),
                ]
            ),
            section(
                "CA bundle",
                [
                    ("path", caBundle.path ?? "none"),
                    ("certificates", caBundle.isReadable ? "\(caBundle.certificates)" : "cannot be read"),
                ]
            ),
            section(
                "Proxies",
                proxies.isEmpty ? [("none", "")] : proxies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            ),
            section(
                "What this allows",
                capabilities.map { ($0.name, ($0.isAvailable ? "yes  " : "no   ") + $0.note) }
            ),
        ]
        if problems.isEmpty {
            sections.append("Nothing that is needed is missing.\n")
        } else {
            sections.append("Missing:\n" + problems.map { "  \($0)\n" }.joined())
        }
        return sections.joined(separator: "\n")
    }

    private func section(_ title: String, _ lines: [(String, String)]) -> String {
        title + "\n" + CommandSpecification.columns(lines.map { ("  " + $0.0, $0.1) }) + "\n"
    }
}
