package import CCurl

/// The owner of one `CURL *`: the only place that sets its options and reads its facts.
///
/// It never leaves its session's loop, and is freed exactly once.
@safe
package struct EasyHandle: ~Copyable {
    private let raw: UnsafeMutableRawPointer

    /// Makes a handle; `nil` when libcurl is out of memory.
    package init?() {
        guard let raw = unsafe curl_easy_init() else { return nil }
        unsafe self.raw = raw
    }

    deinit {
        unsafe curl_easy_cleanup(raw)
    }

    /// The pointer itself, for the multi handle that drives it.
    package var pointer: UnsafeMutableRawPointer { unsafe raw }

    // MARK: Options

    package func set(_ option: CURLoption, _ value: Int) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_long(raw, option, value), option)
    }

    package func set(_ option: CURLoption, _ value: Bool) throws(CurlSetupError) {
        try set(option, value ? 1 : 0)
    }

    package func setOffset(_ option: CURLoption, _ value: Int) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_offset(raw, option, curl_off_t(value)), option)
    }

    /// Sets a string, which libcurl copies; `nil` resets the option to none.
    package func set(_ option: CURLoption, _ value: String?) throws(CurlSetupError) {
        guard let value else {
            return try check(unsafe ccurl_easy_set_string(raw, option, nil), option)
        }
        try check(unsafe value.withCString { unsafe ccurl_easy_set_string(raw, option, $0) }, option)
    }

    /// Sets bytes, which libcurl copies.
    package func set(_ option: CURLoption, blob: [UInt8]) throws(CurlSetupError) {
        try check(
            unsafe blob.withUnsafeBytes { bytes -> CURLcode in
                guard let base = bytes.baseAddress else { return CURLE_BAD_FUNCTION_ARGUMENT }
                return unsafe ccurl_easy_set_blob(raw, option, base, bytes.count)
            },
            option
        )
    }

    /// Sets the request's header lines; the list must stay alive until it is replaced.
    package func setHeaders(_ list: borrowing HeaderList) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_list(raw, CURLOPT_HTTPHEADER, list.pointer), CURLOPT_HTTPHEADER)
    }

    /// Sets the names whose addresses libcurl is told or made to forget; the list must stay alive until it is replaced.
    package func setNames(_ list: borrowing HeaderList) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_list(raw, CURLOPT_RESOLVE, list.pointer), CURLOPT_RESOLVE)
    }

    /// Installs the function that libcurl asks before it looks up a name; `context` must outlive every transfer.
    @unsafe
    package func setResolver(
        _ function: ccurl_resolver_function,
        context: UnsafeMutableRawPointer
    ) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_resolver(raw, function, context), CURLOPT_RESOLVER_START_FUNCTION)
    }

    /// Sets a pointer that libcurl keeps but does not follow on its own, or follows only while a transfer runs.
    @unsafe
    package func setPointer(_ option: CURLoption, _ value: UnsafeRawPointer?) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_pointer(raw, option, value), option)
    }

    /// Installs the functions through which libcurl hands over header lines and body bytes.
    ///
    /// `context` and `owner`, which a finished transfer is known by, must outlive every transfer of the handle.
    @unsafe
    package func setSink(
        header: ccurl_data_function,
        body: ccurl_data_function,
        beforeSending: ccurl_prereq_function,
        progress: ccurl_progress_function,
        context: UnsafeMutableRawPointer,
        owner: UnsafeMutableRawPointer
    ) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_data_function(raw, CURLOPT_HEADERFUNCTION, header), CURLOPT_HEADERFUNCTION)
        try unsafe setPointer(CURLOPT_HEADERDATA, context)
        try check(unsafe ccurl_easy_set_data_function(raw, CURLOPT_WRITEFUNCTION, body), CURLOPT_WRITEFUNCTION)
        try unsafe setPointer(CURLOPT_WRITEDATA, context)
        try check(unsafe ccurl_easy_set_prereq(raw, beforeSending, context), CURLOPT_PREREQFUNCTION)
        try check(unsafe ccurl_easy_set_progress(raw, progress, context), CURLOPT_XFERINFOFUNCTION)
        try unsafe setPointer(CURLOPT_PRIVATE, owner)
    }

    /// Has libcurl tell a function what it does, in words.
    ///
    /// `context` must outlive every transfer of the handle.
    @unsafe
    package func setDebug(_ function: ccurl_debug_function, context: UnsafeMutableRawPointer) throws(CurlSetupError) {
        try check(unsafe ccurl_easy_set_debug(raw, function, context), CURLOPT_DEBUGFUNCTION)
    }

    /// Installs the functions that open and close sockets.
    ///
    /// A connection keeps `closer` longer than the handle that opened it lives: it must outlive the multi handle.
    @unsafe
    package func setSocketFunctions(
        open: ccurl_open_function,
        opener: UnsafeMutableRawPointer,
        close: ccurl_close_function,
        closer: UnsafeMutableRawPointer
    ) throws(CurlSetupError) {
        let code = unsafe ccurl_easy_set_socket_functions(raw, open, opener, close, closer)
        try check(code, CURLOPT_OPENSOCKETFUNCTION)
    }

    /// Lets go of the share, which cannot be freed while a handle uses it.
    package func detachShare() -> CURLcode {
        unsafe ccurl_easy_set_pointer(raw, CURLOPT_SHARE, nil)
    }

    /// Has libcurl keep what it receives for the transfer.
    package func pause() -> CURLcode {
        unsafe curl_easy_pause(raw, CURLPAUSE_RECV)
    }

    /// Lets a paused transfer go on; libcurl may call the body function before this returns.
    package func unpause() -> CURLcode {
        unsafe curl_easy_pause(raw, CURLPAUSE_CONT)
    }

    // MARK: Facts

    package func long(_ info: CURLINFO) -> Int { unsafe ccurl_easy_get_long(raw, info) }

    package func offset(_ info: CURLINFO) -> Int { Int(unsafe ccurl_easy_get_offset(raw, info)) }

    /// A time that libcurl reports in microseconds.
    package func microseconds(_ info: CURLINFO) -> Int64 { Int64(offset(info)) }

    private func check(_ code: CURLcode, _ option: CURLoption) throws(CurlSetupError) {
        guard code != CURLE_OK else { return }
        throw CurlSetupError(option: option.rawValue, code: code.rawValue)
    }
}

/// An option that libcurl refused: a feature it lacks, or a value it cannot use.
package struct CurlSetupError: Error, Hashable, Sendable {
    /// The number of the `CURLOPT_` option, 0 when a handle could not be made.
    package let option: UInt32
    /// libcurl's result code.
    package let code: UInt32

    /// The refused option's name and libcurl's words for the code.
    package var message: String {
        let reason = unsafe String(cString: curl_easy_strerror(CURLcode(rawValue: code)))
        guard let entry = unsafe curl_easy_option_by_id(CURLoption(rawValue: option)) else { return reason }
        return "CURLOPT_\(unsafe String(cString: entry.pointee.name)): \(reason)"
    }
}
