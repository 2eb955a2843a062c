internal import CCurl

/// The per-request options that an easy handle has at present, so that only what differs is set again.
struct AppliedOptions {
    private struct MethodKey: Equatable {
        var name: String
        var hasBody: Bool
    }

    private struct HeaderKey: Equatable {
        var headers: [TransferHeader]
        var carriesConstantHeaders: Bool
        var hasBody: Bool
    }

    /// What the handle sent last; another of the same content has to be compared.
    private var head: RequestHead?
    private var hasSentBody = false
    private var url = ""
    private var method: MethodKey?
    private var headerKey: HeaderKey?
    private var headerList: HeaderListBox?
    private var connectTimeout: Int?
    private var maxAge: Int?
    private var isStreamed = false
    private var reportsProgress = false
    private var opensConnection = false
    private let body = RequestBodyBuffer()

    /// A body that is larger may take longer to send than the server may take to answer: libcurl reports its progress.
    private static let smallBody = 64 * 1_024

    /// Whether a request of this method has a body even when it is empty.
    private static func hasBody(_ method: String) -> Bool {
        method == "POST" || method == "PUT" || method == "PATCH"
    }

    mutating func apply(
        _ request: TransferRequest,
        isStreamed: Bool,
        options: EngineOptions,
        idleTimeout: Int,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        if request.head !== head || (request.body != nil) != hasSentBody {
            head = nil
            try applyHead(of: request, options: options, to: easy)
            (head, hasSentBody) = (request.head, request.body != nil)
        }
        if request.body != nil || Self.hasBody(request.head.method) {
            try applyBody(request.body ?? [], to: easy)
        }
        let reportsProgress = request.body.map { $0.count > Self.smallBody } ?? false
        if reportsProgress != self.reportsProgress {
            try easy.set(CURLOPT_NOPROGRESS, !reportsProgress)
            self.reportsProgress = reportsProgress
        }
        let timeout = EngineOptions.milliseconds(nanoseconds: request.limits.connectNanoseconds)
        if timeout != connectTimeout {
            try easy.set(CURLOPT_CONNECTTIMEOUT_MS, timeout)
            connectTimeout = timeout
        }
        if idleTimeout != maxAge {
            try easy.set(CURLOPT_MAXAGE_CONN, idleTimeout)
            maxAge = idleTimeout
        }
        if request.opensConnection != opensConnection {
            try easy.set(CURLOPT_FRESH_CONNECT, request.opensConnection)
            opensConnection = request.opensConnection
        }
        if options.decompresses, isStreamed != self.isStreamed {
            // A paused transfer that libcurl decompresses is buffered without bound (curl/curl#16280).
            try easy.set(CURLOPT_ACCEPT_ENCODING, isStreamed ? nil : "")
            self.isStreamed = isStreamed
        }
    }

    private mutating func applyHead(
        of request: TransferRequest,
        options: EngineOptions,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        let head = request.head
        if head.url != url {
            try easy.set(CURLOPT_URL, head.url)
            url = head.url
        }
        let hasBody = request.body != nil || Self.hasBody(head.method)
        try applyMethod(head.method, hasBody: hasBody, to: easy)
        try applyHeaders(of: head, hasBody: hasBody, options: options, to: easy)
    }

    /// Frees a body buffer that is larger than what most requests need.
    func releaseLargeBody() {
        body.shrink()
    }

    private mutating func applyMethod(
        _ method: String,
        hasBody: Bool,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        let key = MethodKey(name: method, hasBody: hasBody)
        guard key != self.method else { return }
        switch (method, hasBody) {
        case (_, true):
            try easy.set(CURLOPT_POST, true)
            try easy.set(CURLOPT_CUSTOMREQUEST, method == "POST" ? nil : method)
        case ("HEAD", false):
            try easy.set(CURLOPT_NOBODY, true)
            try easy.set(CURLOPT_CUSTOMREQUEST, nil as String?)
        case (_, false):
            try easy.set(CURLOPT_HTTPGET, true)
            try easy.set(CURLOPT_CUSTOMREQUEST, method == "GET" ? nil : method)
        }
        self.method = key
    }

    private func applyBody(_ bytes: [UInt8], to easy: borrowing EasyHandle) throws(CurlSetupError) {
        body.replace(with: bytes)
        try easy.setOffset(CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
        // libcurl reads the buffer while the transfer runs; it changes only before the next one.
        try unsafe easy.setPointer(CURLOPT_POSTFIELDS, body.pointer)
    }

    private mutating func applyHeaders(
        of head: RequestHead,
        hasBody: Bool,
        options: EngineOptions,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        let key = HeaderKey(
            headers: head.headers,
            carriesConstantHeaders: head.carriesConstantHeaders,
            hasBody: hasBody
        )
        guard key != headerKey else { return }
        let box = HeaderListBox()
        let constant = head.carriesConstantHeaders ? options.headers : []
        guard box.fill(head.headers, constant: constant, hasBody: hasBody) else {
            throw CurlSetupError(option: CURLOPT_HTTPHEADER.rawValue, code: CURLE_OUT_OF_MEMORY.rawValue)
        }
        try easy.setHeaders(box.list)
        // The old list is freed only now that libcurl has the new one.
        headerList = box
        headerKey = key
    }
}

/// A place on the heap for a list that a value type keeps.
private final class HeaderListBox {
    var list = HeaderList()

    /// Adds the request's fields, then the constant ones that it does not have; false without memory.
    func fill(_ headers: [TransferHeader], constant: [TransferHeader], hasBody: Bool) -> Bool {
        for header in headers {
            guard list.append(name: header.name, value: header.value) else { return false }
        }
        for header in constant where !Self.contains(headers, header.name) {
            guard list.append(name: header.name, value: header.value) else { return false }
        }
        guard hasBody else { return true }
        // libcurl asks for 100-continue and waits a second for it with bodies over 1 MB, and calls every body a form.
        guard list.suppress("Expect") else { return false }
        let hasType = Self.contains(headers, "content-type") || Self.contains(constant, "content-type")
        return hasType || list.suppress("Content-Type")
    }

    private static func contains(_ headers: [TransferHeader], _ name: String) -> Bool {
        headers.contains { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }
    }
}
