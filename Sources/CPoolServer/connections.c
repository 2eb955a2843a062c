// Who is waited for: so that those who send or read slowly, or not at all, never keep others out.

#include "internal.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static int64_t milliseconds_now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

bool cps_connections_init(cps_connections *connections) {
    return pthread_mutex_init(&connections->mutex, NULL) == 0;
}

void cps_connections_destroy(cps_connections *connections) { (void)pthread_mutex_destroy(&connections->mutex); }

static void detach(cps_connections *connections, cps_connection *connection) {
    if (connection->previous != NULL) connection->previous->next = connection->next;
    else connections->first = connection->next;
    if (connection->next != NULL) connection->next->previous = connection->previous;
    else connections->last = connection->previous;
    connection->previous = NULL;
    connection->next = NULL;
}

static void append(cps_connections *connections, cps_connection *connection) {
    connection->since = milliseconds_now();
    connection->previous = connections->last;
    if (connections->last != NULL) connections->last->next = connection;
    else connections->first = connection;
    connections->last = connection;
}

/// Libmicrohttpd sees the end of the stream and closes the socket itself; until then the descriptor stays valid.
static void shut_first(cps_connections *connections) {
    cps_connection *first = connections->first;
    detach(connections, first);
    first->is_shut = true;
    connections->count -= 1;
    (void)shutdown(first->socket, SHUT_RDWR);
}

cps_connection *cps_connections_add(cps_connections *connections, int socket, unsigned int limit) {
    cps_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return NULL;
    connection->socket = socket;
    (void)pthread_mutex_lock(&connections->mutex);
    if (connections->count >= limit && connections->first != NULL) shut_first(connections);
    append(connections, connection);
    connections->count += 1;
    (void)pthread_mutex_unlock(&connections->mutex);
    return connection;
}

void cps_connections_touch(cps_connections *connections, cps_connection *connection) {
    (void)pthread_mutex_lock(&connections->mutex);
    if (!connection->is_shut) {
        detach(connections, connection);
        append(connections, connection);
    }
    (void)pthread_mutex_unlock(&connections->mutex);
}

void cps_connections_remove(cps_connections *connections, cps_connection *connection) {
    (void)pthread_mutex_lock(&connections->mutex);
    if (!connection->is_shut) {
        detach(connections, connection);
        connections->count -= 1;
    }
    (void)pthread_mutex_unlock(&connections->mutex);
    free(connection);
}

void cps_connections_reap(cps_connections *connections, unsigned int patience) {
    (void)pthread_mutex_lock(&connections->mutex);
    int64_t limit = milliseconds_now() - (int64_t)patience;
    while (connections->first != NULL && connections->first->since < limit) shut_first(connections);
    (void)pthread_mutex_unlock(&connections->mutex);
}

unsigned int cps_connections_count(cps_connections *connections) {
    (void)pthread_mutex_lock(&connections->mutex);
    unsigned int count = connections->count;
    (void)pthread_mutex_unlock(&connections->mutex);
    return count;
}
