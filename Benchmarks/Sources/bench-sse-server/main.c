// Streams events to many readers: HTTP/1.1, chunked, from one thread.
//
// A request for `/events?count=200&interval_ms=25&bytes=200` is answered with so many events of so many bytes. With an
// interval every reader gets one event per interval; without, all readers get one event each in turn, as fast as they
// take them. Connections are kept. Prints its port as a line of JSON, and runs until SIGTERM.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 65536, MAX_REQUEST = 16384, MAX_EVENT = 8192 };

struct connection {
    int descriptor;
    char request[MAX_REQUEST];
    size_t received;
    // The stream that runs; none if `left` is 0.
    int left;
    int64_t interval, due;
    size_t event_bytes;
    /// What the socket did not take yet.
    char pending[MAX_EVENT + 64];
    size_t pending_count;
    /// Its place in `streaming`; -1 for none.
    int place;
};

static struct connection *connections[MAX_CONNECTIONS];
static struct connection *streaming[MAX_CONNECTIONS];
static int streaming_count;
static int poller;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench-sse-server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// MARK: Connections

static void stop_streaming(struct connection *connection) {
    if (connection->place < 0) return;
    struct connection *last = streaming[--streaming_count];
    streaming[connection->place] = last;
    last->place = connection->place;
    connection->place = -1;
    connection->left = 0;
}

static void close_connection(struct connection *connection) {
    stop_streaming(connection);
    connections[connection->descriptor] = NULL;
    close(connection->descriptor);
    free(connection);
}

static void wait_for(struct connection *connection, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = connection->descriptor};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, connection->descriptor, &event) != 0) fail("epoll_ctl");
}

/// Sends bytes, or keeps them until the socket takes them; false when the connection is gone.
static bool send_bytes(struct connection *connection, const char *bytes, size_t count) {
    ssize_t sent = send(connection->descriptor, bytes, count, MSG_NOSIGNAL);
    if (sent == (ssize_t)count) return true;
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
        close_connection(connection);
        return false;
    }
    size_t done = sent < 0 ? 0 : (size_t)sent;
    memcpy(connection->pending, bytes + done, count - done);
    connection->pending_count = count - done;
    wait_for(connection, EPOLLIN | EPOLLOUT);
    return true;
}

static void flush_pending(struct connection *connection) {
    ssize_t sent = send(connection->descriptor, connection->pending, connection->pending_count, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK) close_connection(connection);
        return;
    }
    connection->pending_count -= (size_t)sent;
    memmove(connection->pending, connection->pending + sent, connection->pending_count);
    if (connection->pending_count == 0) wait_for(connection, EPOLLIN);
}

// MARK: Streams

/// One event as a chunk; the last one is followed by the end of the body.
static bool send_event(struct connection *connection) {
    static const char head[] = "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"content\":\"";
    static const char tail[] = "\"}}]}\n\n";
    char chunk[MAX_EVENT + 64];
    size_t count = connection->event_bytes, fixed = sizeof head + sizeof tail - 2;
    int start = snprintf(chunk, 16, "%zx\r\n", count);
    char *at = chunk + start;
    memcpy(at, head, sizeof head - 1);
    memset(at + sizeof head - 1, 'x', count - fixed);
    memcpy(at + count - (sizeof tail - 1), tail, sizeof tail - 1);
    at += count;
    const char *end = --connection->left == 0 ? "\r\n0\r\n\r\n" : "\r\n";
    strcpy(at, end);
    at += strlen(end);
    if (connection->left == 0) stop_streaming(connection);
    return send_bytes(connection, chunk, (size_t)(at - chunk));
}

static long parameter(const char *target, const char *name, long missing) {
    const char *found = strstr(target, name);
    return found == NULL ? missing : atol(found + strlen(name));
}

static void start_stream(struct connection *connection, char *head) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n";
    char *line_end = strstr(head, "\r\n");
    if (line_end != NULL) *line_end = 0;
    long bytes = parameter(head, "bytes=", 200);
    connection->event_bytes = bytes < 128 ? 128 : bytes > MAX_EVENT ? MAX_EVENT : (size_t)bytes;
    connection->left = (int)parameter(head, "count=", 200);
    connection->interval = parameter(head, "interval_ms=", 0) * 1000000;
    connection->due = now_ns();
    connection->place = streaming_count;
    streaming[streaming_count++] = connection;
    send_bytes(connection, answer, sizeof answer - 1);
}

/// Starts the stream of a request that is there with its whole body, and forgets the request.
static void take_request(struct connection *connection) {
    connection->request[connection->received] = 0;
    char *end = strstr(connection->request, "\r\n\r\n");
    if (end == NULL) return;
    char *length = strcasestr(connection->request, "\r\ncontent-length:");
    size_t whole = (size_t)(end + 4 - connection->request) + (length != NULL && length < end ? (size_t)atol(length + 17) : 0);
    if (connection->received < whole) return;
    connection->received = 0;
    start_stream(connection, connection->request);
}

static void receive(struct connection *connection) {
    size_t room = MAX_REQUEST - 1 - connection->received;
    ssize_t count = recv(connection->descriptor, connection->request + connection->received, room, 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count <= 0 || room == 0) return close_connection(connection);
    connection->received += (size_t)count;
    if (connection->left == 0) take_request(connection);
}

/// Sends what is due; how many milliseconds nothing will be, -1 for ever.
static int send_due(void) {
    if (streaming_count == 0) return -1;
    int64_t now = now_ns(), earliest = INT64_MAX;
    // From the end: a stream that ends puts the last one in its place.
    for (int index = streaming_count - 1; index >= 0; index--) {
        if (index >= streaming_count) continue;
        struct connection *connection = streaming[index];
        if (connection->pending_count > 0) continue;
        if (connection->due > now) {
            if (connection->due < earliest) earliest = connection->due;
            continue;
        }
        connection->due += connection->interval;
        int64_t due = connection->due;
        if (connection->interval == 0) due = now;
        if (connection->left > 1 && due < earliest) earliest = due;
        send_event(connection);
    }
    if (earliest == INT64_MAX) return streaming_count > 0 ? 1000 : -1;
    return earliest <= now ? 0 : (int)((earliest - now + 999999) / 1000000);
}

// MARK: The server

static void accept_all(int listener) {
    int descriptor, on = 1;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (descriptor >= MAX_CONNECTIONS) {
            close(descriptor);
            continue;
        }
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = calloc(1, sizeof *connection);
        if (connection == NULL) fail("calloc");
        connection->descriptor = descriptor;
        connection->place = -1;
        connections[descriptor] = connection;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
    }
}

static int listen_on_loopback(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0) fail("bind");
    if (listen(listener, 4096) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0) fail("listen");
    printf("{\"port\": %d}\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(void) {
    struct epoll_event events[1024];
    int listener = listen_on_loopback();
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll");
    for (;;) {
        int timeout = send_due();
        int count = epoll_wait(poller, events, 1024, timeout);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (int index = 0; index < count; index++) {
            int descriptor = events[index].data.fd;
            if (descriptor == listener) {
                accept_all(listener);
                continue;
            }
            struct connection *connection = connections[descriptor];
            if (connection != NULL && events[index].events & EPOLLOUT && connection->pending_count > 0)
                flush_pending(connection);
            connection = connections[descriptor];
            if (connection != NULL && events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
        }
    }
}
