// Readers of event streams.

#include "bench.h"
#include "client.h"

#include <stdio.h>
#include <string.h>

struct streams {
    const struct options *options;
    struct engine *engine;
    int64_t begin, end, cpu_begin;
    int64_t streams, events;
    int64_t memory_before;
    struct histogram first_events;
};

struct reader {
    struct streams *streams;
    struct buffer headers;
    /// The data of the event that is arriving, and the line that is.
    struct buffer data, line;
    int64_t begin;
    int events;
};

static void end_event(struct reader *reader) {
    if (reader->data.count == 0) return;
    if (reader->events++ == 0) histogram_add(&reader->streams->first_events, bench_now_ns() - reader->begin);
    reader->data.count = 0;
}

static void take_line(struct reader *reader, const char *bytes, size_t count) {
    if (count > 0 && bytes[count - 1] == '\r') count--;
    if (count == 0) return end_event(reader);
    if (count < 5 || memcmp(bytes, "data:", 5) != 0) return;
    size_t skip = count > 5 && bytes[5] == ' ' ? 6 : 5;
    if (reader->data.count > 0) buffer_append(&reader->data, "\n", 1);
    buffer_append(&reader->data, bytes + skip, count - skip);
}

static size_t parse_events(char *bytes, size_t size, size_t count, void *context) {
    struct reader *reader = context;
    char *at = bytes, *end = bytes + size * count, *newline;
    while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        if (reader->line.count > 0) {
            buffer_append(&reader->line, at, (size_t)(newline - at));
            take_line(reader, reader->line.bytes, reader->line.count);
            reader->line.count = 0;
        } else {
            take_line(reader, at, (size_t)(newline - at));
        }
        at = newline + 1;
    }
    if (at < end) buffer_append(&reader->line, at, (size_t)(end - at));
    return size * count;
}

static bool stream_finished(void *context, CURL *easy, CURLcode result) {
    struct streams *streams = context;
    struct reader *reader;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&reader);
    check_response(streams->options, easy, result, 0);
    if (reader->events != streams->options->events)
        fail("a stream has %d events, not %d", reader->events, streams->options->events);
    streams->streams++;
    streams->events += reader->events;
    streams->end = bench_now_ns();
    // Streams are read to their end; none is begun when the time is over.
    if (streams->end - streams->begin >= (int64_t)(streams->options->seconds * 1e9)) return false;
    reader->events = 0;
    reader->headers.count = 0;
    reader->begin = streams->end;
    return true;
}

void run_stream(const struct options *options) {
    struct options checked = *options;
    checked.expected_bytes = -1;
    struct streams streams = {.options = &checked};
    streams.engine = engine_new(&checked, stream_finished, &streams);
    streams.memory_before = bench_rss_kib();
    CURLSH *share = new_share();
    streams.begin = bench_now_ns();
    streams.cpu_begin = bench_cpu_ns();
    for (int index = 0; index < checked.concurrency; index++) {
        struct reader *reader = allocate(sizeof *reader);
        CURL *easy = new_easy(&checked, share);
        reader->streams = &streams;
        reader->begin = bench_now_ns();
        collect_response(easy, &reader->headers, NULL);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, parse_events);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, reader);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, reader);
        engine_add(streams.engine, easy);
    }
    engine_run(streams.engine);
    double cpu = (double)(bench_cpu_ns() - streams.cpu_begin) / 1e9;
    printf("{\"streams\": %lld, \"events\": %lld, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"first_event_p50_us\": %.1f, "
           "\"first_event_p99_us\": %.1f, \"kib_per_stream\": %.3f, \"peak_kib\": %lld}\n",
           (long long)streams.streams, (long long)streams.events, (double)(streams.end - streams.begin) / 1e9, cpu,
           histogram_percentile(&streams.first_events, 0.5), histogram_percentile(&streams.first_events, 0.99),
           (double)(bench_peak_rss_kib() - streams.memory_before) / checked.concurrency,
           (long long)bench_peak_rss_kib());
}
