// What the event loop needs of Linux and the Glibc module does not offer: epoll, eventfd, thread names.

#ifndef SESSION_POOL_CLINUX_SHIM_H
#define SESSION_POOL_CLINUX_SHIM_H

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

/// Hidden behind `_GNU_SOURCE`, which would change the layout of types that other modules see without it.
/// A name longer than 15 bytes is refused.
int pthread_setname_np(pthread_t thread, const char *name);

/// Hidden behind `_GNU_SOURCE`, like the one above.
int memfd_create(const char *name, unsigned int flags);

static inline int clinux_memory_file(const char *_Nonnull name) { return memfd_create(name, 1U /* MFD_CLOEXEC */); }

static inline void clinux_name_current_thread(const char *_Nonnull name) {
    (void)pthread_setname_np(pthread_self(), name);
}

/// `epoll_event` is packed and holds a union: the wrappers pass its parts as plain integers.
static inline int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

static inline uint64_t clinux_epoll_data(const struct epoll_event *_Nonnull event) { return event->data.u64; }

/// Bytes that have come and were not read.
static inline int clinux_unread_bytes(int descriptor, int *_Nonnull count) { return ioctl(descriptor, FIONREAD, count); }

// Enumerations and macros whose types differ between C libraries.
static const int clinux_epoll_cloexec = EPOLL_CLOEXEC;
static const int clinux_eventfd_flags = EFD_CLOEXEC | EFD_NONBLOCK;
static const uint32_t clinux_epollin = EPOLLIN;
static const uint32_t clinux_epollout = EPOLLOUT;
static const uint32_t clinux_epollerr = EPOLLERR;
static const uint32_t clinux_epollhup = EPOLLHUP;
static const uint32_t clinux_epollrdhup = EPOLLRDHUP;

#endif
