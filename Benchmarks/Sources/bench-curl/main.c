#include "client.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *allocate(size_t size) {
    void *memory = calloc(1, size);
    if (memory == NULL) fail("out of memory");
    return memory;
}

static void read_body(struct options *options, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail("cannot open %s", path);
    options->body = allocate(1 << 20);
    options->body_size = fread(options->body, 1, 1 << 20, file);
    fclose(file);
}

static enum drive drive_named(const char *name) {
    if (strcmp(name, "poll") == 0) return DRIVE_POLL;
    if (strcmp(name, "epoll") == 0) return DRIVE_EPOLL;
    if (strcmp(name, "epoll-lazy") == 0) return DRIVE_EPOLL_LAZY;
    fail("unknown --drive %s; it is poll, epoll or epoll-lazy", name);
}

static struct options parse(int count, char **arguments) {
    enum { DRIVE = 256, URL, CA, HTTP2, CONCURRENCY, WARMUP, SECONDS, REQUESTS, WINDOWS, HEADER, BODY, BYTES, EVENTS, SESSIONS };
    static const struct option known[] = {
        {"drive", required_argument, NULL, DRIVE},
        {"url", required_argument, NULL, URL},
        {"ca", required_argument, NULL, CA},
        {"http2", no_argument, NULL, HTTP2},
        {"concurrency", required_argument, NULL, CONCURRENCY},
        {"warmup", required_argument, NULL, WARMUP},
        {"seconds", required_argument, NULL, SECONDS},
        {"requests", required_argument, NULL, REQUESTS},
        {"windows", required_argument, NULL, WINDOWS},
        {"header", required_argument, NULL, HEADER},
        {"body", required_argument, NULL, BODY},
        {"expect-bytes", required_argument, NULL, BYTES},
        {"events", required_argument, NULL, EVENTS},
        {"sessions", required_argument, NULL, SESSIONS},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.concurrency = 1, .seconds = 1, .expected_bytes = -1, .events = 200, .sessions = 1};
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        switch (option) {
        case DRIVE: options.drive = drive_named(optarg); break;
        case URL: options.url = optarg; break;
        case CA: options.ca = optarg; break;
        case HTTP2: options.http2 = true; break;
        case CONCURRENCY: options.concurrency = atoi(optarg); break;
        case WARMUP: options.warmup = atof(optarg); break;
        case SECONDS: options.seconds = atof(optarg); break;
        case REQUESTS: options.requests = atoll(optarg); break;
        case WINDOWS: options.windows = atoi(optarg); break;
        case HEADER: options.headers = curl_slist_append(options.headers, optarg); break;
        case BODY: read_body(&options, optarg); break;
        case BYTES: options.expected_bytes = atoll(optarg); break;
        case EVENTS: options.events = atoi(optarg); break;
        case SESSIONS: options.sessions = atoi(optarg); break;
        default: exit(64);
        }
    }
    if (optind + 1 != count) fail("usage: bench-curl [options] load|cold|stream|idle");
    options.command = arguments[optind];
    if (options.url == NULL) fail("--url is missing");
    if (options.concurrency < 1 || options.sessions < 1) fail("a number is not positive");
    // libcurl would ask for 100-continue and wait for it with large bodies.
    if (options.body != NULL) options.headers = curl_slist_append(options.headers, "Expect:");
    return options;
}

int main(int count, char **arguments) {
    struct options options = parse(count, arguments);
    if (strcmp(options.command, "cold") == 0) {
        run_cold(&options);
        return 0;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (strcmp(options.command, "load") == 0) {
        run_load(&options);
    } else if (strcmp(options.command, "stream") == 0) {
        run_stream(&options);
    } else if (strcmp(options.command, "idle") == 0) {
        run_idle(&options);
    } else {
        fprintf(stderr, "bench-curl does not know the workload %s\n", options.command);
        return 3;
    }
    return 0;
}
