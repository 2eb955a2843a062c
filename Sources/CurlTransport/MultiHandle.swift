package import CCurl

/// The owner of one `CURLM *`: a session's connections and the transfers that use them.
@safe
package struct MultiHandle: ~Copyable {
    private let raw: UnsafeMutableRawPointer

    /// Makes a handle; `nil` when libcurl is out of memory.
    package init?() {
        guard let raw = unsafe curl_multi_init() else { return nil }
        unsafe self.raw = raw
    }

    /// Closes every connection; the socket functions are called from here.
    deinit {
        unsafe curl_multi_cleanup(raw)
    }

    package func set(_ option: CURLMoption, _ value: Int) -> CURLMcode {
        unsafe ccurl_multi_set_long(raw, option, value)
    }

    /// Installs the functions by which libcurl asks for descriptors and timers; `context` must outlive the handle.
    @unsafe
    package func setFunctions(
        socket: ccurl_socket_function,
        timer: ccurl_timer_function,
        context: UnsafeMutableRawPointer
    ) -> CURLMcode {
        unsafe ccurl_multi_set_functions(raw, socket, timer, context)
    }

    package func add(_ easy: borrowing EasyHandle) -> CURLMcode {
        unsafe curl_multi_add_handle(raw, easy.pointer)
    }

    package func remove(_ easy: borrowing EasyHandle) -> CURLMcode {
        unsafe curl_multi_remove_handle(raw, easy.pointer)
    }

    /// Tells libcurl that `descriptor` is ready, or with `CURL_SOCKET_TIMEOUT` that its timer has fired.
    package func socketAction(_ descriptor: Int32, _ events: Int32) -> CURLMcode {
        var running: Int32 = 0
        return unsafe curl_multi_socket_action(raw, descriptor, events, &running)
    }

    /// The next finished transfer: the pointer set as `CURLOPT_PRIVATE`, and its result.
    package func nextFinished() -> (context: UnsafeMutableRawPointer, result: CURLcode)? {
        var context: UnsafeMutableRawPointer?
        var result = CURLE_OK
        guard unsafe ccurl_multi_next_finished(raw, &context, &result), let context = unsafe context else { return nil }
        return unsafe (context, result)
    }
}

/// The owner of a `CURLSH *` that keeps the names and TLS sessions of one pool session.
///
/// libcurl 7.88.1 keeps TLS sessions in the easy handle unless a share holds them, so that without it every new handle
/// pays a full handshake. A share has eight slots for them and is never used by two sessions; connections are not shared
/// (`CURL_LOCK_DATA_CONNECT` is a data race by libcurl's own documentation).
@safe
package struct ShareHandle: ~Copyable {
    private let raw: UnsafeMutableRawPointer

    /// Makes a share of names and TLS sessions; `nil` when libcurl cannot.
    package init?() {
        guard let raw = unsafe curl_share_init() else { return nil }
        guard
            unsafe ccurl_share_data(raw, CURL_LOCK_DATA_DNS) == CURLSHE_OK,
            unsafe ccurl_share_data(raw, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK
        else {
            unsafe curl_share_cleanup(raw)
            return nil
        }
        unsafe self.raw = raw
    }

    deinit {
        let code = unsafe curl_share_cleanup(raw)
        assert(code == CURLSHE_OK, "A share is freed while a handle uses it.")
    }

    /// The pointer for `CURLOPT_SHARE`.
    package var pointer: UnsafeMutableRawPointer { unsafe raw }
}
