package import CCurl

/// The owner of a `curl_slist` of header lines.
@safe
package struct HeaderList: ~Copyable {
    private var head: UnsafeMutablePointer<curl_slist>?

    /// Makes an empty list, which sends no lines of its own.
    package init() {
        unsafe head = nil
    }

    deinit {
        unsafe curl_slist_free_all(head)
    }

    /// The list for libcurl; valid while this owner is.
    package var pointer: UnsafeMutablePointer<curl_slist>? { unsafe head }

    /// Adds a line; libcurl copies it.
    ///
    /// Returns whether there was memory for it.
    package mutating func append(_ line: String) -> Bool {
        guard let longer = unsafe line.withCString({ unsafe curl_slist_append(head, $0) }) else { return false }
        unsafe head = longer
        return true
    }

    /// Adds a header field; an empty value needs libcurl's own spelling `Name;`.
    package mutating func append(name: String, value: String) -> Bool {
        append(value.isEmpty ? "\(name);" : "\(name): \(value)")
    }

    /// Keeps libcurl from adding the field `name` of its own accord.
    package mutating func suppress(_ name: String) -> Bool {
        append("\(name):")
    }
}
