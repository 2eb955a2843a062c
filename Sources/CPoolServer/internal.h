// Shared between the files of this target; nothing here is visible to Swift.

#ifndef SESSION_POOL_CPS_INTERNAL_H
#define SESSION_POOL_CPS_INTERNAL_H

#include "CPoolServer.h"

#include <microhttpd.h>
#include <pthread.h>

/// A connection: where it stands in the line of those that are waited for.
typedef struct cps_connection {
    int socket;
    /// When the server began to wait for it: for a request, or for the end of an answer. CLOCK_MONOTONIC, milliseconds.
    int64_t since;
    /// Whether it was shut down, and only its end is awaited.
    bool is_shut;
    struct cps_connection *previous;
    struct cps_connection *next;
} cps_connection;

/// The connections in the order in which they were last heard of; the one waited for longest comes first.
typedef struct cps_connections {
    pthread_mutex_t mutex;
    cps_connection *first;
    cps_connection *last;
    unsigned int count;
} cps_connections;

bool cps_connections_init(cps_connections *connections);
void cps_connections_destroy(cps_connections *connections);
/// Takes a new connection in, and shuts the first one down if there are more than `limit`.
cps_connection *cps_connections_add(cps_connections *connections, int socket, unsigned int limit);
/// Heard of: goes to the end of the line.
void cps_connections_touch(cps_connections *connections, cps_connection *connection);
void cps_connections_remove(cps_connections *connections, cps_connection *connection);
/// Shuts down all that were waited for longer than `patience` milliseconds.
void cps_connections_reap(cps_connections *connections, unsigned int patience);
unsigned int cps_connections_count(cps_connections *connections);

struct cps_server {
    cps_options options;
    cps_callbacks callbacks;
    struct MHD_Daemon *daemon;
    cps_connections connections;
    uint16_t port;
    // The ticker.
    pthread_t ticker;
    pthread_mutex_t mutex;
    pthread_cond_t stopped;
    bool is_stopping;
};

struct cps_response {
    struct MHD_Response *response;
    unsigned int status;
};

#endif
