// The daemon: listens, hands requests over, sends what comes back; and the thread that ticks.

#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// MARK: Connections

static void connection_notify(
    void *context, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode code
) {
    cps_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*slot != NULL) cps_connections_remove(&server->connections, *slot);
        *slot = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL) *slot = cps_connections_add(&server->connections, info->connect_fd, server->options.connection_limit);
}

static void touch(cps_server *server, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info != NULL && info->socket_context != NULL) cps_connections_touch(&server->connections, info->socket_context);
}

// MARK: Requests

typedef struct field_list {
    cps_field fields[64];
    size_t count;
    bool is_malformed;
} field_list;

static enum MHD_Result field_collect(
    void *context, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value, size_t value_size
) {
    (void)kind;
    field_list *list = context;
    bool has_nul = strlen(name) != name_size || (value != NULL && strlen(value) != value_size);
    if (has_nul || list->count == sizeof list->fields / sizeof list->fields[0]) {
        list->is_malformed = true;
        return MHD_NO;
    }
    list->fields[list->count] = (cps_field){.name = name, .value = value == NULL ? "" : value};
    list->count += 1;
    return MHD_YES;
}

bool cps_response_set(cps_response *response, unsigned int status, const uint8_t *body, size_t length) {
    if (response->response != NULL) MHD_destroy_response(response->response);
    response->status = status;
    response->response = MHD_create_response_from_buffer(length, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    return response->response != NULL;
}

bool cps_response_add_field(cps_response *response, const char *name, const char *value) {
    return response->response != NULL && MHD_add_response_header(response->response, name, value) == MHD_YES;
}

static enum MHD_Result answer(
    cps_server *server, struct MHD_Connection *connection, const char *path, const char *method, const char *version
) {
    field_list list = {.count = 0};
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, field_collect, &list);
    cps_request request = {
        .method = method, .path = path, .fields = list.fields, .field_count = list.count, .version = version,
        .is_malformed = list.is_malformed,
    };
    cps_response response = {.response = NULL};
    server->callbacks.respond(server->callbacks.context, &request, &response);
    if (response.response == NULL) return MHD_NO;
    enum MHD_Result result = MHD_queue_response(connection, response.status, response.response);
    MHD_destroy_response(response.response);
    return result;
}

/// Whether a body may follow: by the method, or because the request says so.
static bool announces_body(struct MHD_Connection *connection, const char *method) {
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) return true;
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL) return true;
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length != NULL && strcmp(length, "0") != 0;
}

static enum MHD_Result handle(
    void *context, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
    const char *data, size_t *size, void **slot
) {
    (void)data;
    cps_server *server = context;
    bool is_answered_at_once = announces_body(connection, method);
    if (*slot == NULL) {
        *slot = server;
        touch(server, connection);
        // Whoever sends a body is answered before it comes, and the connection ends: nothing that has one is served, and
        // a body of any length would be read for as long as we are patient.
        return is_answered_at_once ? answer(server, connection, path, method, version) : MHD_YES;
    }
    if (*size > 0) {
        *size = 0;
        return MHD_YES;
    }
    return is_answered_at_once ? MHD_YES : answer(server, connection, path, method, version);
}

/// Leaves escapes as they are: no path that is served has one, and an escaped NUL would cut a path off.
static size_t unescape(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

static void finish(
    void *context, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode code
) {
    (void)code;
    *slot = NULL;
    touch(context, connection);
}

// MARK: Address

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static socklen_t address_parse(const char *text, uint16_t port, address *result) {
    memset(result, 0, sizeof *result);
    if (inet_pton(AF_INET, text, &result->v4.sin_addr) == 1) {
        result->v4.sin_family = AF_INET;
        result->v4.sin_port = htons(port);
        return sizeof result->v4;
    }
    if (inet_pton(AF_INET6, text, &result->v6.sin6_addr) == 1) {
        result->v6.sin6_family = AF_INET6;
        result->v6.sin6_port = htons(port);
        return sizeof result->v6;
    }
    return 0;
}

cps_address_kind cps_classify_address(const char *text) {
    address parsed;
    if (address_parse(text, 0, &parsed) == 0) return CPS_ADDRESS_INVALID;
    if (parsed.any.sa_family == AF_INET) {
        return ntohl(parsed.v4.sin_addr.s_addr) >> 24 == 127 ? CPS_ADDRESS_LOOPBACK : CPS_ADDRESS_OTHER;
    }
    return IN6_IS_ADDR_LOOPBACK(&parsed.v6.sin6_addr) ? CPS_ADDRESS_LOOPBACK : CPS_ADDRESS_OTHER;
}

static int listen_on(const char *text, uint16_t *port, int *error) {
    address local;
    socklen_t length = address_parse(text, *port, &local);
    if (length == 0) {
        *error = EINVAL;
        return -1;
    }
    int listener = socket(local.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) {
        *error = errno;
        return -1;
    }
    int one = 1;
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, &local.any, length) != 0 || listen(listener, SOMAXCONN) != 0
        || getsockname(listener, &local.any, &length) != 0) {
        *error = errno;
        (void)close(listener);
        return -1;
    }
    *port = ntohs(local.any.sa_family == AF_INET ? local.v4.sin_port : local.v6.sin6_port);
    return listener;
}

// MARK: Ticker

static void *tick(void *context) {
    cps_server *server = context;
    struct timespec next;
    (void)clock_gettime(CLOCK_MONOTONIC, &next);
    (void)pthread_mutex_lock(&server->mutex);
    while (!server->is_stopping) {
        next.tv_nsec += (long)(server->options.tick_interval % 1000) * 1000000;
        next.tv_sec += server->options.tick_interval / 1000 + next.tv_nsec / 1000000000;
        next.tv_nsec %= 1000000000;
        while (!server->is_stopping && pthread_cond_timedwait(&server->stopped, &server->mutex, &next) != ETIMEDOUT) {}
        if (server->is_stopping) break;
        (void)pthread_mutex_unlock(&server->mutex);
        cps_connections_reap(&server->connections, server->options.patience);
        server->callbacks.tick(server->callbacks.context);
        (void)pthread_mutex_lock(&server->mutex);
    }
    (void)pthread_mutex_unlock(&server->mutex);
    return NULL;
}

static bool ticker_prepare(cps_server *server) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) return false;
    bool is_ready = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0
        && pthread_cond_init(&server->stopped, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return is_ready && pthread_mutex_init(&server->mutex, NULL) == 0;
}

// MARK: Life

static struct MHD_Daemon *daemon_start(cps_server *server, int listener) {
    // Not epoll: libmicrohttpd 0.9.75 misses a hang-up that comes together with data there.
    // The limit is above ours: a connection that was shut down is there for another turn of the loop.
    return MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD, server->port, NULL, NULL, handle, server,
        MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_NOTIFY_COMPLETED, finish, server,
        MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
        // RFC 9112 as it stands: what another parser before this one may read differently is refused.
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, server,
        MHD_OPTION_CONNECTION_LIMIT, server->options.connection_limit * 2 + 16,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
        MHD_OPTION_CONNECTION_TIMEOUT, server->options.patience / 1000 + 1,
        MHD_OPTION_END);
}

static void destroy(cps_server *server) {
    cps_connections_destroy(&server->connections);
    (void)pthread_cond_destroy(&server->stopped);
    (void)pthread_mutex_destroy(&server->mutex);
    free(server);
}

cps_server *cps_server_start(cps_options options, cps_callbacks callbacks, int *error) {
    *error = 0;
    cps_server *server = calloc(1, sizeof *server);
    if (server == NULL || !cps_connections_init(&server->connections)) {
        free(server);
        *error = ENOMEM;
        return NULL;
    }
    server->options = options;
    server->callbacks = callbacks;
    server->port = options.port;
    if (!ticker_prepare(server)) {
        cps_connections_destroy(&server->connections);
        free(server);
        *error = ENOMEM;
        return NULL;
    }
    int listener = listen_on(options.address, &server->port, error);
    // The text belongs to the caller.
    server->options.address = "";
    if (listener >= 0) {
        server->daemon = daemon_start(server, listener);
        if (server->daemon == NULL) (void)close(listener);
    }
    if (server->daemon != NULL && (*error = pthread_create(&server->ticker, NULL, tick, server)) != 0) {
        MHD_stop_daemon(server->daemon);
        server->daemon = NULL;
    }
    if (server->daemon == NULL) {
        destroy(server);
        return NULL;
    }
    return server;
}

uint16_t cps_server_port(const cps_server *server) { return server->port; }

unsigned int cps_server_connections(cps_server *server) { return cps_connections_count(&server->connections); }

void cps_server_stop(cps_server *server) {
    (void)pthread_mutex_lock(&server->mutex);
    server->is_stopping = true;
    (void)pthread_cond_signal(&server->stopped);
    (void)pthread_mutex_unlock(&server->mutex);
    (void)pthread_join(server->ticker, NULL);
    MHD_stop_daemon(server->daemon);
    destroy(server);
}
