// Sessions that wait, each with a kept connection.

#include "bench.h"
#include "client.h"

#include <stdio.h>

/// What a session of the pool has: its own multi handle, its own share, an easy handle that is used again.
struct session {
    struct engine *engine;
    CURLSH *share;
    CURL *easy;
    struct buffer headers, body;
};

static bool answered(void *context, CURL *easy, CURLcode result) {
    (void)context;
    if (result != CURLE_OK) fail("libcurl: %s", curl_easy_strerror(result));
    (void)easy;
    return false;
}

void run_idle(const struct options *options) {
    struct options one = *options;
    one.concurrency = 1;
    struct session *sessions = allocate(sizeof *sessions * (size_t)options->sessions);
    int64_t before = bench_rss_kib();
    for (int index = 0; index < options->sessions; index++) {
        struct session *session = &sessions[index];
        session->engine = engine_new(&one, answered, NULL);
        session->share = new_share();
        session->easy = new_easy(&one, session->share);
        collect_response(session->easy, &session->headers, &session->body);
        engine_add(session->engine, session->easy);
        engine_run(session->engine);
        check_response(&one, session->easy, CURLE_OK, session->body.count);
    }
    printf("{\"kib_per_session\": %.3f, \"peak_kib\": %lld}\n",
           (double)(bench_rss_kib() - before) / options->sessions, (long long)bench_peak_rss_kib());
}
