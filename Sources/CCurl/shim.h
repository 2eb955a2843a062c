// libcurl for Swift: a typed function for every kind of value that a variadic call takes, and flat results.

#ifndef SESSION_POOL_CCURL_SHIM_H
#define SESSION_POOL_CCURL_SHIM_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#if LIBCURL_VERSION_NUM < 0x075801
#error "session-pool needs libcurl 7.88.1 or newer (Debian 12, Ubuntu 24.04): install libcurl4-openssl-dev"
#endif

#pragma clang assume_nonnull begin

/// `CURLVERSION_NOW` is a macro over an enumeration, which Swift does not import.
static inline curl_version_info_data *_Nullable ccurl_version_info(void) { return curl_version_info(CURLVERSION_NOW); }

// MARK: Easy handles

static inline CURLcode ccurl_easy_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_easy_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_easy_set_string(CURL *handle, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_easy_set_pointer(CURL *handle, CURLoption option, const void *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_easy_set_list(CURL *handle, CURLoption option, struct curl_slist *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the bytes.
static inline CURLcode ccurl_easy_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

typedef size_t (*ccurl_data_function)(char *bytes, size_t size, size_t count, void *context);
typedef int (*ccurl_prereq_function)(void *context, char *_Nullable remote, char *_Nullable local, int remote_port,
                                     int local_port);
typedef int (*ccurl_progress_function)(void *context, curl_off_t to_download, curl_off_t downloaded,
                                       curl_off_t to_upload, curl_off_t uploaded);
typedef curl_socket_t (*ccurl_open_function)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
typedef int (*ccurl_close_function)(void *context, curl_socket_t descriptor);

typedef int (*ccurl_debug_function)(CURL *handle, curl_infotype type, char *bytes, size_t count, void *context);

/// Has libcurl say what it does.
static inline CURLcode ccurl_easy_set_debug(CURL *handle, ccurl_debug_function function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, function);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_DEBUGDATA, context);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L) : code;
}

static inline CURLcode ccurl_easy_set_data_function(CURL *handle, CURLoption option, ccurl_data_function function) {
    return curl_easy_setopt(handle, option, function);
}

static inline CURLcode ccurl_easy_set_prereq(CURL *handle, ccurl_prereq_function function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, function);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_PREREQDATA, context) : code;
}

typedef int (*ccurl_resolver_function)(void *_Nullable resolver, void *_Nullable reserved, void *context);

static inline CURLcode ccurl_easy_set_resolver(CURL *handle, ccurl_resolver_function function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_RESOLVER_START_FUNCTION, function);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_RESOLVER_START_DATA, context) : code;
}

static inline CURLcode ccurl_easy_set_progress(CURL *handle, ccurl_progress_function function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context) : code;
}

static inline CURLcode ccurl_easy_set_socket_functions(CURL *handle, ccurl_open_function opened, void *opener,
                                                       ccurl_close_function closed, void *closer) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, opened);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, opener);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, closed);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, closer);
    return code;
}

static inline long ccurl_easy_get_long(CURL *handle, CURLINFO info) {
    long value = 0;
    (void)curl_easy_getinfo(handle, info, &value);
    return value;
}

static inline curl_off_t ccurl_easy_get_offset(CURL *handle, CURLINFO info) {
    curl_off_t value = 0;
    (void)curl_easy_getinfo(handle, info, &value);
    return value;
}

static inline const char *_Nullable ccurl_easy_get_string(CURL *handle, CURLINFO info) {
    char *value = NULL;
    (void)curl_easy_getinfo(handle, info, &value);
    return value;
}

static inline void *_Nullable ccurl_easy_get_private(CURL *handle) {
    void *value = NULL;
    (void)curl_easy_getinfo(handle, CURLINFO_PRIVATE, &value);
    return value;
}

// MARK: Multi handles

typedef int (*ccurl_socket_function)(CURL *_Nullable handle, curl_socket_t descriptor, int what, void *context,
                                     void *_Nullable socket_context);
typedef int (*ccurl_timer_function)(CURLM *_Nullable multi, long milliseconds, void *context);

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode ccurl_multi_set_functions(CURLM *multi, ccurl_socket_function socket,
                                                  ccurl_timer_function timer, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code;
}

/// Takes one finished transfer off the multi handle's list: its private pointer and its result.
static inline bool ccurl_multi_next_finished(CURLM *multi, void *_Nullable *_Nonnull context, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        *context = ccurl_easy_get_private(message->easy_handle);
        return true;
    }
    return false;
}

// MARK: Shares

static inline CURLSHcode ccurl_share_data(CURLSH *share, curl_lock_data data) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, data);
}

#pragma clang assume_nonnull end

#endif
