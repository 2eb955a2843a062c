#include "client.h"

#include <stdlib.h>
#include <string.h>

void buffer_append(struct buffer *buffer, const char *bytes, size_t count) {
    if (buffer->count + count > buffer->capacity) {
        buffer->capacity = 2 * (buffer->count + count);
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
        if (buffer->bytes == NULL) fail("out of memory");
    }
    memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
}

static size_t append(char *bytes, size_t size, size_t count, void *context) {
    buffer_append(context, bytes, size * count);
    return size * count;
}

CURLSH *new_share(void) {
    CURLSH *share = curl_share_init();
    if (share == NULL) fail("out of memory");
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return share;
}

CURL *new_easy(const struct options *options, CURLSH *share) {
    CURL *easy = curl_easy_init();
    if (easy == NULL) fail("out of memory");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_URL, options->url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    // With Debian's default CAPATH libcurl parses the bundle again for every connection.
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (options->ca != NULL) curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)(options->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    if (options->http2) curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    if (share != NULL) curl_easy_setopt(easy, CURLOPT_SHARE, share);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    if (options->headers != NULL) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, options->headers);
    if (options->body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body_size);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, options->body);
    }
    return easy;
}

void collect_response(CURL *easy, struct buffer *headers, struct buffer *body) {
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
}

void check_response(const struct options *options, CURL *easy, CURLcode result, size_t bytes) {
    long status = 0;
    if (result != CURLE_OK) fail("libcurl: %s", curl_easy_strerror(result));
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) fail("the status is %ld, not 200", status);
    if (options->expected_bytes >= 0 && bytes != (size_t)options->expected_bytes)
        fail("the body has %zu bytes, not %lld", bytes, (long long)options->expected_bytes);
}
