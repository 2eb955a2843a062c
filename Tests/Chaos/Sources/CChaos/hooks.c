#define _GNU_SOURCE 1
#include "CChaos.h"

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The dynamic linker asks the program before the C library: libcurl's calls land here.

static atomic_int held_per_mille;
static atomic_uint generator = 1;
static atomic_long held;

void cchaos_hold_sends(int per_mille, unsigned seed) {
    atomic_store(&held_per_mille, per_mille);
    atomic_store(&generator, seed | 1);
}

long cchaos_held(void) { return atomic_load(&held); }

void cchaos_exit(int status) { _exit(status); }

ssize_t send(int descriptor, const void *bytes, size_t count, int flags) {
    typedef ssize_t function(int, const void *, size_t, int);
    static _Atomic(function *) next;
    function *real = atomic_load(&next);
    if (real == NULL) atomic_store(&next, real = (function *)dlsym(RTLD_NEXT, "send"));
    ssize_t sent = real(descriptor, bytes, count, flags);
    int per_mille = atomic_load_explicit(&held_per_mille, memory_order_relaxed);
    if (per_mille == 0 || sent <= 0) return sent;
    // Unsynchronised on purpose: two threads may draw the same number.
    unsigned draw = atomic_load_explicit(&generator, memory_order_relaxed) * 1664525u + 1013904223u;
    atomic_store_explicit(&generator, draw, memory_order_relaxed);
    // An answer that the end of the connection delimits may lose its end without anybody noticing.
    if (count < 4096 && memmem(bytes, count, "enc=cd", 6) != NULL) per_mille *= 25;
    if ((draw >> 8) % 1000 < (unsigned)per_mille) {
        // Preempted here, where the next thing libcurl does is to look for the answer. It is waited for, and a moment
        // more for its rest and its end.
        struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
        if (poll(&wanted, 1, 20) > 0) usleep(500);
        atomic_fetch_add(&held, 1);
    }
    return sent;
}

static int look_up(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    typedef int function(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    function *next = (function *)dlsym(RTLD_NEXT, "getaddrinfo");
    return next == NULL ? EAI_SYSTEM : next(node, service, hints, result);
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result) {
    // At the first of the two addresses nobody answers.
    if (node == NULL || strcmp(node, "two.chaos.test") != 0) return look_up(node, service, hints, result);
    struct addrinfo *second = NULL, numeric = hints == NULL ? (struct addrinfo){.ai_socktype = SOCK_STREAM} : *hints;
    numeric.ai_family = AF_UNSPEC;
    numeric.ai_flags = AI_NUMERICHOST;
    int code = look_up("::1", service, &numeric, result);
    if (code != 0) return look_up("127.0.0.1", service, &numeric, result);
    code = look_up("127.0.0.1", service, &numeric, &second);
    // freeaddrinfo walks the list, so one list may be appended to another.
    if (code == 0) (*result)->ai_next = second;
    return 0;
}
