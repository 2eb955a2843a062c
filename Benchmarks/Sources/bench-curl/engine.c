// The two ways to drive a multi handle.

#include "bench.h"
#include "client.h"

#include <sys/epoll.h>
#include <unistd.h>

struct descriptor {
    bool registered;
    /// What libcurl waits for, as epoll's bits; 0 for nothing.
    uint32_t wanted;
    /// What epoll was told.
    uint32_t told;
};

struct engine {
    enum drive drive;
    CURLM *multi;
    finished_function finished;
    void *context;
    int running;
    bool stopped;
    // Only with epoll.
    int epoll;
    /// When libcurl wants to be called; -1 for never.
    int64_t deadline;
};

/// By number, of all engines together: a number belongs to one of them at a time.
static struct descriptor descriptors[65536];

// MARK: What libcurl says

static void control(struct engine *engine, int operation, int descriptor, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(engine->epoll, operation, descriptor, &event) != 0) fail("epoll_ctl failed");
}

static void forget(struct engine *engine, int number) {
    struct descriptor *descriptor = &descriptors[number];
    if (descriptor->registered) control(engine, EPOLL_CTL_DEL, number, 0);
    *descriptor = (struct descriptor){0};
}

static int socket_changed(CURL *easy, curl_socket_t number, int what, void *context, void *socket_context) {
    (void)easy, (void)socket_context;
    struct engine *engine = context;
    if (number >= (int)(sizeof descriptors / sizeof *descriptors)) fail("more descriptors than expected");
    struct descriptor *descriptor = &descriptors[number];
    if (what == CURL_POLL_REMOVE) {
        descriptor->wanted = 0;
        if (engine->drive == DRIVE_EPOLL) forget(engine, number);
        return 0;
    }
    uint32_t wanted = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    descriptor->wanted = wanted;
    if (descriptor->registered && descriptor->told == wanted) return 0;
    control(engine, descriptor->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, number, wanted);
    descriptor->registered = true;
    descriptor->told = wanted;
    return 0;
}

static int close_socket(void *context, curl_socket_t number) {
    struct engine *engine = context;
    forget(engine, number);
    return close(number);
}

static int timer_changed(CURLM *multi, long milliseconds, void *context) {
    (void)multi;
    struct engine *engine = context;
    engine->deadline = milliseconds < 0 ? -1 : bench_now_ns() + milliseconds * 1000000;
    return 0;
}

// MARK: The engine

struct engine *engine_new(const struct options *options, finished_function finished, void *context) {
    struct engine *engine = allocate(sizeof *engine);
    engine->drive = options->drive;
    engine->finished = finished;
    engine->context = context;
    engine->deadline = -1;
    engine->multi = curl_multi_init();
    if (engine->multi == NULL) fail("out of memory");
    // The default throws warm connections away when the number of transfers falls.
    curl_multi_setopt(engine->multi, CURLMOPT_MAXCONNECTS, (long)options->concurrency);
    if (options->http2) curl_multi_setopt(engine->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
    if (engine->drive == DRIVE_POLL) return engine;
    engine->epoll = epoll_create1(EPOLL_CLOEXEC);
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETDATA, engine);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERDATA, engine);
    return engine;
}

CURLM *engine_multi(struct engine *engine) { return engine->multi; }

void engine_add(struct engine *engine, CURL *easy) {
    if (engine->drive == DRIVE_EPOLL_LAZY) {
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, engine);
    }
    if (curl_multi_add_handle(engine->multi, easy) != CURLM_OK) fail("curl_multi_add_handle failed");
    engine->running++;
}

void engine_stop(struct engine *engine) { engine->stopped = true; }

/// Whether any transfer was started again.
static bool take_finished(struct engine *engine) {
    bool restarted = false;
    CURLMsg *message;
    int left;
    while (!engine->stopped && (message = curl_multi_info_read(engine->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        curl_multi_remove_handle(engine->multi, easy);
        engine->running--;
        if (engine->finished(engine->context, easy, result)) {
            engine_add(engine, easy);
            restarted = true;
        }
    }
    return restarted;
}

static void run_poll(struct engine *engine) {
    int running;
    while (!engine->stopped && engine->running > 0) {
        if (curl_multi_perform(engine->multi, &running) != CURLM_OK) fail("curl_multi_perform failed");
        take_finished(engine);
        if (engine->stopped || engine->running == 0) return;
        if (curl_multi_poll(engine->multi, NULL, 0, 1000, NULL) != CURLM_OK) fail("curl_multi_poll failed");
    }
}

static void act(struct engine *engine, int number, uint32_t events) {
    int running, mask = 0;
    if (number != CURL_SOCKET_TIMEOUT) {
        // Nobody wants it: libcurl was done with the socket, and the other side has closed it or sent something.
        if (descriptors[number].wanted == 0) return forget(engine, number);
        if (events & EPOLLIN) mask |= CURL_CSELECT_IN;
        if (events & EPOLLOUT) mask |= CURL_CSELECT_OUT;
        if (events & (EPOLLERR | EPOLLHUP)) mask |= CURL_CSELECT_ERR;
    }
    if (curl_multi_socket_action(engine->multi, number, mask, &running) != CURLM_OK) fail("socket_action failed");
}

static void run_epoll(struct engine *engine) {
    struct epoll_event events[256];
    while (!engine->stopped && engine->running > 0) {
        while (engine->deadline >= 0 && engine->deadline <= bench_now_ns()) {
            engine->deadline = -1;
            act(engine, CURL_SOCKET_TIMEOUT, 0);
            take_finished(engine);
            if (engine->stopped || engine->running == 0) return;
        }
        int64_t left = engine->deadline < 0 ? 1000 : (engine->deadline - bench_now_ns() + 999999) / 1000000;
        int count = epoll_wait(engine->epoll, events, 256, (int)(left < 0 ? 0 : left));
        for (int index = 0; index < count; index++) act(engine, events[index].data.fd, events[index].events);
        take_finished(engine);
    }
}

void engine_run(struct engine *engine) {
    engine->stopped = false;
    if (engine->drive == DRIVE_POLL) run_poll(engine);
    else run_epoll(engine);
}
