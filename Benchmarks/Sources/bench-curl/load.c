// Requests on kept connections, and the first request of a fresh process.

#include "bench.h"
#include "client.h"

#include <stdio.h>

struct load {
    const struct options *options;
    struct engine *engine;
    /// Answers, and answers within the measured time.
    int64_t started, answered, measured;
    bool measures;
    int64_t begin, end, cpu_begin;
    struct histogram latencies;
    // Windows.
    int64_t window_cpu, window_requests;
    int windows;
};

struct request {
    struct load *load;
    struct buffer headers, body;
    int64_t begin;
};

static void print_window(struct load *load) {
    int64_t cpu = bench_cpu_ns();
    printf("%s[%lld, %.6f, %lld]", load->windows++ > 0 ? ", " : "", (long long)load->window_requests,
           (double)(cpu - load->window_cpu) / 1e9, (long long)bench_rss_kib());
    load->window_cpu = cpu;
    load->window_requests = 0;
}

static void begin_measuring(struct load *load, int64_t now) {
    load->measures = true;
    load->begin = now;
    load->cpu_begin = load->window_cpu = bench_cpu_ns();
    load->end = now + (int64_t)(load->options->seconds * 1e9);
}

/// Counts an answer; false when it was the last one.
static bool count(struct load *load, int64_t begin, int64_t now) {
    const struct options *options = load->options;
    load->answered++;
    if (load->measures) {
        load->measured++;
        histogram_add(&load->latencies, now - begin);
        load->window_requests++;
        if (options->windows > 0 && load->window_requests >= options->requests / options->windows) print_window(load);
    }
    if (options->requests > 0) return load->answered < options->requests;
    if (!load->measures && now >= load->begin) begin_measuring(load, now);
    return !load->measures || now < load->end;
}

static bool request_finished(void *context, CURL *easy, CURLcode result) {
    struct load *load = context;
    struct request *request;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request);
    check_response(load->options, easy, result, request->body.count);
    int64_t now = bench_now_ns();
    if (!count(load, request->begin, now)) {
        load->end = now;
        engine_stop(load->engine);
        return false;
    }
    if (load->options->requests > 0 && load->started == load->options->requests) return false;
    load->started++;
    request->headers.count = request->body.count = 0;
    request->begin = now;
    // Every request of a real program has its own body.
    if (load->options->body != NULL) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, load->options->body);
    return true;
}

static void start_requests(struct load *load, int concurrency) {
    const struct options *options = load->options;
    CURLSH *share = new_share();
    for (int index = 0; index < concurrency; index++) {
        struct request *request = allocate(sizeof *request);
        CURL *easy = new_easy(options, share);
        request->load = load;
        request->begin = bench_now_ns();
        collect_response(easy, &request->headers, &request->body);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
        // The streams of a benchmark end by themselves; a request must not last for ever.
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 60000L);
        load->started++;
        engine_add(load->engine, easy);
    }
}

void run_load(const struct options *options) {
    struct load load = {.options = options};
    load.engine = engine_new(options, request_finished, &load);
    if (options->requests > 0) begin_measuring(&load, bench_now_ns());
    else load.begin = bench_now_ns() + (int64_t)(options->warmup * 1e9);
    printf("{\"windows\": [");
    int concurrency = options->concurrency;
    if (options->requests > 0 && options->requests < concurrency) concurrency = (int)options->requests;
    start_requests(&load, concurrency);
    engine_run(load.engine);
    double cpu = (double)(bench_cpu_ns() - load.cpu_begin) / 1e9;
    printf("], \"requests\": %lld, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
           "\"peak_kib\": %lld}\n",
           (long long)load.measured, (double)(load.end - load.begin) / 1e9, cpu,
           histogram_percentile(&load.latencies, 0.5), histogram_percentile(&load.latencies, 0.99),
           (long long)bench_peak_rss_kib());
}

void run_cold(const struct options *options) {
    int64_t begin = bench_now_ns();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct options one = *options;
    one.requests = one.concurrency = 1;
    struct load load = {.options = &one};
    load.engine = engine_new(&one, request_finished, &load);
    begin_measuring(&load, begin);
    start_requests(&load, 1);
    engine_run(load.engine);
    printf("{\"first_answer_ms\": %.3f, \"peak_kib\": %lld}\n", (double)(load.end - begin) / 1e6,
           (long long)bench_peak_rss_kib());
}
