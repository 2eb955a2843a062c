// Configurations are printed, logged and shown in crash reports: what is secret in them is not.

extension TLSConfiguration.PEM: CustomStringConvertible, CustomDebugStringConvertible {
    /// The file's path, or the number of bytes; never the bytes.
    public var description: String {
        switch self {
        case .file(let path): "file(\(path))"
        case .bytes(let bytes): "bytes(\(bytes.count) B)"
        }
    }

    /// The same as ``description``.
    public var debugDescription: String { description }
}

extension TLSConfiguration.ClientCertificate: CustomStringConvertible, CustomDebugStringConvertible {
    /// Where certificate and key come from; never the passphrase.
    public var description: String {
        "ClientCertificate(certificate: \(certificate), privateKey: \(privateKey), passphrase: "
            + (passphrase == nil ? "none)" : "***)")
    }

    /// The same as ``description``.
    public var debugDescription: String { description }
}

extension ProxyConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The proxy's URL without user name and password.
    public var description: String {
        switch self {
        case .environment: "environment"
        case .none: "none"
        case .url(let url, let except):
            "url(\(SessionError.withoutCredentials(url.contains("://") ? url : "http://\(url)")), except: \(except))"
        }
    }

    /// The same as ``description``.
    public var debugDescription: String { description }
}

extension HeaderField: CustomStringConvertible, CustomDebugStringConvertible {
    /// Name and value; the value of a field that carries credentials is `***`.
    public var description: String { "\(name): \(HeaderFields.isSensitive(name) ? "***" : value)" }

    /// The same as ``description``.
    public var debugDescription: String { description }
}

extension HeaderFields: CustomDebugStringConvertible {
    /// The same as ``description``.
    public var debugDescription: String { description }
}
