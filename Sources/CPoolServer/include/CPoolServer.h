// A small HTTP server on libmicrohttpd for Swift: requests without bodies in, whole answers out, on one thread.
// No type of libmicrohttpd appears here.

#ifndef SESSION_POOL_CPOOLSERVER_H
#define SESSION_POOL_CPOOLSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct cps_server cps_server;
/// An answer that is being made.
typedef struct cps_response cps_response;

typedef struct cps_field {
    const char *name;
    const char *value;
} cps_field;

/// A request; everything in it lives only during the call.
typedef struct cps_request {
    const char *method;
    /// The path as it was sent, without the query.
    const char *path;
    const cps_field *_Nullable fields;
    size_t field_count;
    /// As it was sent, such as `HTTP/1.1`.
    const char *version;
    /// Whether the fields are not all of it: one holds a NUL, or there are too many of them.
    bool is_malformed;
} cps_request;

typedef struct cps_callbacks {
    void *context;
    /// A request is here: must call `cps_response_set` once. Comes from the server's thread, one call at a time.
    void (*respond)(void *context, const cps_request *request, cps_response *response);
    /// Time has passed. Comes from a thread of its own.
    void (*tick)(void *context);
} cps_callbacks;

typedef struct cps_options {
    /// An IPv4 or IPv6 address.
    const char *address;
    /// 0 takes any free port.
    uint16_t port;
    /// Connections at once; a further one takes the place of the one that has been waited for longest.
    unsigned int connection_limit;
    /// How long a connection may take to send a request or to take its answer, in milliseconds.
    unsigned int patience;
    /// Milliseconds between two ticks.
    unsigned int tick_interval;
} cps_options;

/// What an address is.
typedef enum cps_address_kind : int {
    /// No IPv4 or IPv6 address.
    CPS_ADDRESS_INVALID = 0,
    /// Only this machine reaches it.
    CPS_ADDRESS_LOOPBACK = 1,
    CPS_ADDRESS_OTHER = 2,
} cps_address_kind;

cps_address_kind cps_classify_address(const char *address);

/// Listens and serves. Returns NULL on failure and leaves an errno in `error`, 0 if libmicrohttpd refused to start.
cps_server *_Nullable cps_server_start(cps_options options, cps_callbacks callbacks, int *error);
uint16_t cps_server_port(const cps_server *server);
/// Connections that are open now.
unsigned int cps_server_connections(cps_server *server);
/// Closes every connection; no callback comes after it returns.
void cps_server_stop(cps_server *server);

/// Sets status and body, which is copied; returns false when memory runs out.
bool cps_response_set(cps_response *response, unsigned int status, const uint8_t *_Nullable body, size_t length);
/// Adds a header field, after `cps_response_set`; returns false if libmicrohttpd refuses it.
bool cps_response_add_field(cps_response *response, const char *name, const char *value);

/// What the kernel knows of this process; what it does not tell is -1.
typedef struct cps_process_facts {
    double processor_seconds;
    int64_t resident_bytes;
    int64_t open_descriptors;
    int64_t threads;
} cps_process_facts;

cps_process_facts cps_read_process_facts(void);
/// The wall clock, in nanoseconds since 1970.
int64_t cps_wall_now(void);

#pragma clang assume_nonnull end

#endif
