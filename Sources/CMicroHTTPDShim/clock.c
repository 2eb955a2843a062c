// Waits of suspended connections: a binary heap of deadlines and one epoll that notices clients who hang up.
//
// A suspended connection is out of libmicrohttpd's own epoll, so without this nobody would see its client leave and
// its place in a concurrency limit would stay taken.

#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct cmhd_clock {
    pthread_mutex_t mutex;
    pthread_t thread;
    int epoll;
    int wakeup;
    bool stopping;
    /// The number of the last release, and whether its waits still have to be ended.
    int64_t release;
    bool releasing;
    cmhd_wait **heap;
    size_t count;
    size_t capacity;
};

static int64_t clock_now(clockid_t clock) {
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t cmhd_monotonic_now(void) { return clock_now(CLOCK_MONOTONIC); }

int64_t cmhd_wall_now(void) { return clock_now(CLOCK_REALTIME); }

// MARK: Heap

static void heap_put(cmhd_clock *clock, cmhd_wait *wait, size_t place) {
    clock->heap[place] = wait;
    wait->place = place;
}

static void heap_rise(cmhd_clock *clock, cmhd_wait *wait, size_t place) {
    while (place > 0 && wait->deadline < clock->heap[(place - 1) / 2]->deadline) {
        heap_put(clock, clock->heap[(place - 1) / 2], place);
        place = (place - 1) / 2;
    }
    heap_put(clock, wait, place);
}

static void heap_sink(cmhd_clock *clock, cmhd_wait *wait, size_t place) {
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= clock->count) break;
        if (child + 1 < clock->count && clock->heap[child + 1]->deadline < clock->heap[child]->deadline) child += 1;
        if (clock->heap[child]->deadline >= wait->deadline) break;
        heap_put(clock, clock->heap[child], place);
        place = child;
    }
    heap_put(clock, wait, place);
}

static bool heap_insert(cmhd_clock *clock, cmhd_wait *wait) {
    if (clock->count == clock->capacity) {
        size_t capacity = clock->capacity == 0 ? 64 : clock->capacity * 2;
        cmhd_wait **heap = realloc(clock->heap, capacity * sizeof *heap);
        if (heap == NULL) return false;
        clock->heap = heap;
        clock->capacity = capacity;
    }
    clock->count += 1;
    heap_rise(clock, wait, clock->count - 1);
    return true;
}

static void heap_remove(cmhd_clock *clock, cmhd_wait *wait) {
    size_t place = wait->place;
    clock->count -= 1;
    cmhd_wait *last = clock->heap[clock->count];
    wait->place = SIZE_MAX;
    if (last == wait) return;
    if (place > 0 && last->deadline < clock->heap[(place - 1) / 2]->deadline) {
        heap_rise(clock, last, place);
    } else {
        heap_sink(clock, last, place);
    }
}

// MARK: Waits

static void clock_wake(cmhd_clock *clock) {
    uint64_t one = 1;
    // The counter cannot overflow in practice, and a full counter wakes the thread just as well.
    (void)!write(clock->wakeup, &one, sizeof one);
}

/// When a wait that begins now is over.
static int64_t clock_deadline(const cmhd_clock *clock, cmhd_wait_time time) {
    int64_t now = cmhd_monotonic_now();
    if (time < 0) return clock->release > -1 - time ? now : INT64_MAX;
    return time >= INT64_MAX - now ? INT64_MAX - 1 : now + time;
}

bool cmhd_clock_suspend(cmhd_clock *clock, cmhd_wait *wait, cmhd_wait_time time) {
    bool suspended = false;
    (void)pthread_mutex_lock(&clock->mutex);
    wait->deadline = clock_deadline(clock, time);
    if (!clock->stopping && heap_insert(clock, wait)) {
        struct epoll_event event = {.events = EPOLLRDHUP, .data = {.ptr = wait}};
        // Without the watch a lost client is noticed at the end of the wait instead.
        (void)epoll_ctl(clock->epoll, EPOLL_CTL_ADD, wait->socket, &event);
        MHD_suspend_connection(wait->connection);
        if (wait->place == 0) clock_wake(clock);
        suspended = true;
    }
    (void)pthread_mutex_unlock(&clock->mutex);
    return suspended;
}

/// Only the clock's thread ends waits, so an event it has fetched can never point at a wait that somebody freed.
static void clock_resume(cmhd_clock *clock, cmhd_wait *wait) {
    heap_remove(clock, wait);
    (void)epoll_ctl(clock->epoll, EPOLL_CTL_DEL, wait->socket, NULL);
    MHD_resume_connection(wait->connection);
}

static void clock_resume_due(cmhd_clock *clock) {
    int64_t now = cmhd_monotonic_now();
    if (clock->releasing) {
        clock->releasing = false;
        // Waits without an end are due now; the heap is put in order again by inserting all of it anew.
        size_t count = clock->count;
        clock->count = 0;
        for (size_t index = 0; index < count; index += 1) {
            cmhd_wait *wait = clock->heap[index];
            if (wait->deadline == INT64_MAX) wait->deadline = now;
            (void)heap_insert(clock, wait);
        }
    }
    while (clock->count > 0 && (clock->stopping || clock->heap[0]->deadline <= now)) {
        if (clock->stopping) clock->heap[0]->gone = true;
        clock_resume(clock, clock->heap[0]);
    }
}

static void clock_handle(cmhd_clock *clock, const struct epoll_event *events, int count) {
    for (int index = 0; index < count; index += 1) {
        cmhd_wait *wait = events[index].data.ptr;
        if (wait == NULL) {
            uint64_t ignored;
            (void)!read(clock->wakeup, &ignored, sizeof ignored);
        } else {
            wait->gone = true;
            clock_resume(clock, wait);
        }
    }
}

/// Milliseconds for epoll until the earliest deadline, rounded up.
static int clock_timeout(const cmhd_clock *clock) {
    if (clock->count == 0 || clock->heap[0]->deadline == INT64_MAX) return -1;
    int64_t left = clock->heap[0]->deadline - cmhd_monotonic_now();
    if (left <= 0) return 0;
    int64_t milliseconds = (left + 999999) / 1000000;
    return milliseconds > 60000 ? 60000 : (int)milliseconds;
}

static void *clock_run(void *argument) {
    cmhd_clock *clock = argument;
    struct epoll_event events[64];
    (void)pthread_mutex_lock(&clock->mutex);
    while (!clock->stopping) {
        int timeout = clock_timeout(clock);
        (void)pthread_mutex_unlock(&clock->mutex);
        int count = epoll_wait(clock->epoll, events, 64, timeout);
        (void)pthread_mutex_lock(&clock->mutex);
        clock_handle(clock, events, count);
        clock_resume_due(clock);
    }
    clock_resume_due(clock);
    (void)pthread_mutex_unlock(&clock->mutex);
    return NULL;
}

// MARK: Life

static void clock_free(cmhd_clock *clock) {
    if (clock->epoll >= 0) (void)close(clock->epoll);
    if (clock->wakeup >= 0) (void)close(clock->wakeup);
    (void)pthread_mutex_destroy(&clock->mutex);
    free(clock->heap);
    free(clock);
}

cmhd_clock *cmhd_clock_create(int *error) {
    cmhd_clock *clock = calloc(1, sizeof *clock);
    if (clock == NULL) {
        *error = ENOMEM;
        return NULL;
    }
    (void)pthread_mutex_init(&clock->mutex, NULL);
    clock->epoll = epoll_create1(EPOLL_CLOEXEC);
    clock->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
    if (clock->epoll < 0 || clock->wakeup < 0 || epoll_ctl(clock->epoll, EPOLL_CTL_ADD, clock->wakeup, &event) != 0) {
        *error = errno;
        clock_free(clock);
        return NULL;
    }
    int failure = pthread_create(&clock->thread, NULL, clock_run, clock);
    if (failure != 0) {
        *error = failure;
        clock_free(clock);
        return NULL;
    }
    return clock;
}

void cmhd_clock_release(cmhd_clock *clock, int64_t release) {
    (void)pthread_mutex_lock(&clock->mutex);
    clock->release = release;
    clock->releasing = true;
    (void)pthread_mutex_unlock(&clock->mutex);
    clock_wake(clock);
}

void cmhd_clock_stop(cmhd_clock *clock) {
    (void)pthread_mutex_lock(&clock->mutex);
    bool first = !clock->stopping;
    clock->stopping = true;
    (void)pthread_mutex_unlock(&clock->mutex);
    if (!first) return;
    clock_wake(clock);
    (void)pthread_join(clock->thread, NULL);
}

void cmhd_clock_destroy(cmhd_clock *clock) {
    cmhd_clock_stop(clock);
    clock_free(clock);
}
