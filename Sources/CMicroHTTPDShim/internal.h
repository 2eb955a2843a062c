// Shared between the files of this target; nothing here is visible to Swift.

#ifndef SESSION_POOL_CMHD_INTERNAL_H
#define SESSION_POOL_CMHD_INTERNAL_H

#include "CMicroHTTPDShim.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

/// A suspended connection in the clock's heap.
typedef struct cmhd_wait {
    struct MHD_Connection *connection;
    /// INT64_MAX while only a release ends the wait.
    int64_t deadline;
    /// Place in the heap; SIZE_MAX when not waiting.
    size_t place;
    int socket;
    /// Set when the wait ended because the client hung up or the clock stopped: the answer is then pointless.
    bool gone;
} cmhd_wait;

/// Suspends the connection; false if the clock has stopped.
bool cmhd_clock_suspend(cmhd_clock *clock, cmhd_wait *wait, cmhd_wait_time time);

struct cmhd_server {
    cmhd_callbacks callbacks;
    cmhd_clock *clock;
    const cmhd_credentials *credentials;
    struct MHD_Daemon *daemon;
    size_t body_limit;
    uint16_t port;
};

struct cmhd_exchange {
    cmhd_wait wait;
    cmhd_server *server;
    char *target;
    const char *method;
    uint8_t *body;
    size_t body_length;
    size_t body_capacity;
    bool body_too_long;
    bool begun;
    /// The application's object; NULL until the request is whole.
    void *answer;
    struct MHD_Response *response;
    unsigned int status;
};

/// The first news of a request: its raw target. libmicrohttpd hands the result to every later call.
void *cmhd_exchange_create(void *server, const char *target, struct MHD_Connection *connection);

/// Called with the head, with every piece of the body, with its end, and after every suspension before the answer.
enum MHD_Result cmhd_exchange_handle(
    void *server, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *data, size_t *size, void **slot
);

/// The last call for a request, whichever way it ended.
void cmhd_exchange_finish(
    void *server, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode code
);

struct cmhd_credentials {
    cmhd_credentials_options options;
    gnutls_datum_t root;
    gnutls_datum_t leaf;
    gnutls_datum_t leaf_key;
    gnutls_datum_t client;
    gnutls_datum_t client_key;
    gnutls_datum_t ticket_key;
};

/// Prepares the session of a new connection: tickets, client certificates.
void cmhd_credentials_prepare(const cmhd_credentials *credentials, gnutls_session_t session);

#endif
