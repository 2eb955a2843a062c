// A benchmark client on bare libcurl; the contract is in Benchmarks/README.md.

#ifndef CLIENT_H
#define CLIENT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How libcurl is driven.
enum drive {
    /// `curl_multi_perform` and `curl_multi_poll`.
    DRIVE_POLL,
    /// `curl_multi_socket_action` and epoll, descriptors added and removed whenever libcurl asks.
    DRIVE_EPOLL,
    /// The same, but a descriptor stays in epoll until it is closed or has an event that nobody wants.
    DRIVE_EPOLL_LAZY,
};

struct options {
    enum drive drive;
    const char *command;
    const char *url;
    const char *ca;
    bool http2;
    int concurrency;
    double warmup, seconds;
    /// So many requests in place of a time; 0 for a time.
    int64_t requests;
    /// Into so many pieces the measured requests are cut; 0 for none. Needs `requests`.
    int windows;
    struct curl_slist *headers;
    char *body;
    size_t body_size;
    /// The length of a right answer; -1 for any.
    int64_t expected_bytes;
    /// Events of a stream.
    int events;
    int sessions;
};

/// Ends the program with a message.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *allocate(size_t size);

// MARK: The engine: a multi handle and what drives it

struct engine;

/// Called for every transfer that has ended; true to start the same easy handle once more.
typedef bool (*finished_function)(void *context, CURL *easy, CURLcode result);

struct engine *engine_new(const struct options *options, finished_function finished, void *context);
CURLM *engine_multi(struct engine *engine);
void engine_add(struct engine *engine, CURL *easy);
/// Runs until no transfer is left, or until `engine_stop`.
void engine_run(struct engine *engine);
void engine_stop(struct engine *engine);

// MARK: Parts of clients

/// A growing piece of memory, emptied for every request.
struct buffer {
    char *bytes;
    size_t count, capacity;
};
void buffer_append(struct buffer *buffer, const char *bytes, size_t count);

/// Microseconds, counted in buckets that are at most 1/16 wide.
struct histogram {
    int64_t buckets[1024];
    int64_t count;
};
void histogram_add(struct histogram *histogram, int64_t nanoseconds);
double histogram_percentile(const struct histogram *histogram, double share);

/// An easy handle with everything that does not change from request to request.
CURL *new_easy(const struct options *options, CURLSH *share);
/// A share of DNS entries and TLS sessions, as one session of the pool has.
CURLSH *new_share(void);
/// Sends the answer's header lines and body into two buffers.
void collect_response(CURL *easy, struct buffer *headers, struct buffer *body);
/// Ends the program unless the answer is right.
void check_response(const struct options *options, CURL *easy, CURLcode result, size_t bytes);

void run_load(const struct options *options);
void run_cold(const struct options *options);
void run_stream(const struct options *options);
void run_idle(const struct options *options);

#endif
