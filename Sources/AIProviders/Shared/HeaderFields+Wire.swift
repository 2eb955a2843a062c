internal import HTTPSessionPool

extension HeaderFields {
    /// Sets every field of `others`; they win over fields of the same name.
    mutating func set(_ others: HeaderFields) {
        for field in others { self[field.name] = field.value }
    }
}
