internal import CCurl

/// The per-request options that an easy handle has at present, so that only what differs is set again.
struct AppliedOptions {
    private enum BodySize {
        case none, small, large

        init(of request: borrowing TransferRequest) {
            if let body = request.body {
                self = body.count > AppliedOptions.smallBody ? .large : .small
            } else {
                self = AppliedOptions.hasBody(request.head.method) ? .small : .none
            }
        }
    }

    private struct MethodKey: Equatable {
        var name: String
        var hasBody: Bool
    }

    private struct HeaderKey: Equatable {
        var headers: [TransferHeader]
        var carriesConstantHeaders: Bool
        var bodySize: BodySize
    }

    /// What the handle sent last; another of the same content has to be compared.
    private var head: RequestHead?
    private var bodySize = BodySize.none
    private(set) var url = ""
    /// The same, parsed; libcurl reads it while the handle runs.
    private var parsedURL: URLHandle?
    private var method: MethodKey?
    private var headerKey: HeaderKey?
    private var headerList: HeaderListBox?
    private var connectTimeout: Int?
    private var maxAge: Int?
    private var isStreamed = false
    private var opensConnection = false
    /// Whether the URL's host is one that is reached without the proxy.
    private(set) var isDirect = false
    private let body = RequestBodyBuffer()
    private var bodyCount: Int?

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
        let bodySize = BodySize(of: request)
        if request.head !== head || bodySize != self.bodySize {
            head = nil
            try applyHead(request.head, bodySize: bodySize, options: options, to: easy)
            (head, self.bodySize) = (request.head, bodySize)
        }
        if bodySize != .none { try applyBody(request.body ?? [], to: easy) }
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
        _ head: RequestHead,
        bodySize: BodySize,
        options: EngineOptions,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        if head.url != url { try applyURL(head.url, options, to: easy) }
        // Looked at before a request is repeated that must not be sent twice; the others do without the calls.
        let mayRepeat = head.method == "GET" || head.method == "HEAD"
        let tellsProgress = !mayRepeat && options.httpVersion != .http1 && CurlBehavior.current.endsHTTP2WithoutError
        try easy.set(CURLOPT_NOPROGRESS, bodySize != .large && !tellsProgress)
        try applyMethod(head.method, hasBody: bodySize != .none, to: easy)
        try applyHeaders(of: head, bodySize: bodySize, options: options, to: easy)
    }

    private mutating func applyURL(
        _ url: String,
        _ options: EngineOptions,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        // The text as well: libcurl 7.88.1 keeps that of the first URL it was given the parts of, and what cannot be
        // parsed it is to report itself. In this order: given parts, later versions forget the text (curl/curl#15985).
        try unsafe easy.setPointer(CURLOPT_CURLU, nil)
        (self.url, parsedURL) = ("", nil)
        try easy.set(CURLOPT_URL, url)
        try applyProxy(for: url, options, to: easy)
        let parsed = URLHandle(url)
        if let parsed { try unsafe easy.setPointer(CURLOPT_CURLU, parsed.pointer) }
        (self.url, parsedURL) = (url, parsed)
    }

    private mutating func applyProxy(
        for url: String,
        _ options: EngineOptions,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        guard !options.proxy.isEmpty, !options.proxyExceptions.isEmpty else { return }
        let isDirect = options.proxyExceptions.contains(url: url)
        guard isDirect != self.isDirect else { return }
        try easy.set(CURLOPT_PROXY, isDirect ? "" : options.proxy)
        self.isDirect = isDirect
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

    private mutating func applyBody(_ bytes: [UInt8], to easy: borrowing EasyHandle) throws(CurlSetupError) {
        body.replace(with: bytes)
        if bytes.count != bodyCount {
            try easy.setOffset(CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
            bodyCount = bytes.count
        }
        // libcurl reads the buffer while the transfer runs; it changes only before the next one.
        guard body.hasMoved else { return }
        try unsafe easy.setPointer(CURLOPT_POSTFIELDS, body.pointer)
        body.hasMoved = false
    }

    private mutating func applyHeaders(
        of head: RequestHead,
        bodySize: BodySize,
        options: EngineOptions,
        to easy: borrowing EasyHandle
    ) throws(CurlSetupError) {
        let key = HeaderKey(
            headers: head.headers,
            carriesConstantHeaders: head.carriesConstantHeaders,
            bodySize: bodySize
        )
        guard key != headerKey else { return }
        let box = HeaderListBox()
        let constant = head.carriesConstantHeaders ? options.headers : []
        guard box.fill(head.headers, constant: constant, suppressing: Self.suppressed(bodySize)) else {
            throw CurlSetupError(option: CURLOPT_HTTPHEADER.rawValue, code: CURLE_OUT_OF_MEMORY.rawValue)
        }
        try easy.setHeaders(box.list)
        // The old list is freed only now that libcurl has the new one.
        headerList = box
        headerKey = key
    }
}

extension AppliedOptions {
    /// Fields that libcurl adds of its own accord, and that are not sent unless the request has them: it calls every body
    /// a form, and asks for 100-continue with one over 1 MiB (`EXPECT_100_THRESHOLD`), and waits a second for it.
    ///
    /// A line more costs libcurl 7.88.1 500 instructions in every request, so the second is left out for small bodies.
    private static func suppressed(_ bodySize: BodySize) -> [String] {
        switch bodySize {
        case .none: []
        case .small: ["Content-Type"]
        case .large: ["Content-Type", "Expect"]
        }
    }
}

/// A place on the heap for a list that a value type keeps.
private final class HeaderListBox {
    var list = HeaderList()

    /// Adds the request's fields, then the constant ones that it does not have, and keeps libcurl from adding others;
    /// false without memory.
    func fill(_ headers: [TransferHeader], constant: [TransferHeader], suppressing names: [String]) -> Bool {
        for header in headers {
            guard list.append(name: header.name, value: header.value) else { return false }
        }
        for header in constant where !Self.contains(headers, header.name) {
            guard list.append(name: header.name, value: header.value) else { return false }
        }
        return names.allSatisfy { name in
            Self.contains(headers, name) || Self.contains(constant, name) || list.suppress(name)
        }
    }

    private static func contains(_ headers: [TransferHeader], _ name: String) -> Bool {
        headers.contains { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }
    }
}
