#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

// A request that begins so has its answer before the call that sends it returns: what a busy machine does now and then.
static const char marked[] = "GET /answered-while-sending";
// An answer that does not come must not outlive the test run by much.
enum { longest_wait_milliseconds = 20000 };

typedef ssize_t sender(int, const void *, size_t, int);
// A sanitizer's own, which knows that what was done before a send is done before its receipt.
extern sender __interceptor_send __attribute__((weak));

// libcurl's own call lands here too: the dynamic linker asks the program before the C library.
ssize_t send(int descriptor, const void *bytes, size_t count, int flags) {
    sender *next = __interceptor_send != NULL ? &__interceptor_send : (sender *)dlsym(RTLD_NEXT, "send");
    if (next == NULL) {
        errno = ENOSYS;
        return -1;
    }
    ssize_t sent = next(descriptor, bytes, count, flags);
    if (sent < (ssize_t)sizeof marked || memcmp(bytes, marked, sizeof marked - 1) != 0) return sent;
    struct pollfd answer = {.fd = descriptor, .events = POLLIN};
    int code = errno;
    (void)poll(&answer, 1, longest_wait_milliseconds);
    errno = code;
    return sent;
}
