#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

// MARK: Request

/// The first news of a request: its raw target. libmicrohttpd hands the result to every later call.
static void *exchange_create(void *context, const char *target, struct MHD_Connection *connection) {
    cmhd_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) return NULL;
    exchange->server = context;
    exchange->target = strdup(target);
    exchange->wait.connection = connection;
    exchange->wait.place = SIZE_MAX;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    exchange->wait.socket = info == NULL ? -1 : info->connect_fd;
    return exchange;
}

static void exchange_finish(
    void *context, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode code
) {
    (void)connection;
    (void)code;
    cmhd_server *server = context;
    cmhd_exchange *exchange = *slot;
    if (exchange == NULL) return;
    *slot = NULL;
    if (exchange->answer != NULL) server->callbacks.finished(exchange->answer);
    free(exchange->target);
    free(exchange->body);
    free(exchange);
}

static void exchange_append(cmhd_exchange *exchange, const char *data, size_t size) {
    if (exchange->body_too_long || size > exchange->server->body_limit - exchange->body_length) {
        exchange->body_too_long = true;
        return;
    }
    size_t needed = exchange->body_length + size;
    if (needed > exchange->body_capacity) {
        size_t capacity = exchange->body_capacity < 2048 ? 4096 : exchange->body_capacity * 2;
        if (capacity < needed) capacity = needed;
        uint8_t *body = realloc(exchange->body, capacity);
        if (body == NULL) {
            exchange->body_too_long = true;
            return;
        }
        exchange->body = body;
        exchange->body_capacity = capacity;
    }
    memcpy(exchange->body + exchange->body_length, data, size);
    exchange->body_length = needed;
}

typedef struct field_list {
    cmhd_field fields[128];
    size_t count;
} field_list;

static enum MHD_Result field_collect(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    (void)kind;
    field_list *list = context;
    if (list->count == sizeof list->fields / sizeof list->fields[0]) return MHD_NO;
    list->fields[list->count] = (cmhd_field){.name = name, .value = value == NULL ? "" : value};
    list->count += 1;
    return MHD_YES;
}

static bool has_client_certificate(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info == NULL || info->tls_session == NULL) return false;
    unsigned int count = 0;
    return gnutls_certificate_get_peers(info->tls_session, &count) != NULL && count > 0;
}

static void exchange_deliver(cmhd_exchange *exchange) {
    field_list list = {.count = 0};
    (void)MHD_get_connection_values(exchange->wait.connection, MHD_HEADER_KIND, field_collect, &list);
    cmhd_request request = {
        .method = exchange->method,
        .target = exchange->target == NULL ? "" : exchange->target,
        .fields = list.fields,
        .field_count = list.count,
        .body = exchange->body,
        .body_length = exchange->body_too_long ? 0 : exchange->body_length,
        .body_too_long = exchange->body_too_long,
        .has_client_certificate = has_client_certificate(exchange->wait.connection),
    };
    exchange->answer = exchange->server->callbacks.request_received(exchange->server->callbacks.context, &request);
    free(exchange->body);
    exchange->body = NULL;
}

// MARK: Answer

/// On Linux, dissolving a TCP association sends a reset at once; closing after libmicrohttpd's shutdown would not.
static void exchange_reset(const cmhd_exchange *exchange) {
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    (void)connect(exchange->wait.socket, &none, sizeof none);
}

static ssize_t exchange_read(void *context, uint64_t position, char *buffer, size_t capacity) {
    (void)position;
    cmhd_exchange *exchange = context;
    if (exchange->wait.gone) return MHD_CONTENT_READER_END_WITH_ERROR;
    cmhd_wait_time wait = 0;
    int64_t result = exchange->server->callbacks.body(exchange->answer, (uint8_t *)buffer, capacity, &wait);
    if (result > 0) return (ssize_t)result;
    if (result == CMHD_END) return MHD_CONTENT_READER_END_OF_STREAM;
    if (result == CMHD_RESET) exchange_reset(exchange);
    if (result < 0) return MHD_CONTENT_READER_END_WITH_ERROR;
    bool suspended = cmhd_clock_suspend(exchange->server->clock, &exchange->wait, wait);
    return suspended ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
}

void cmhd_exchange_begin(cmhd_exchange *exchange, unsigned int status, int64_t length) {
    uint64_t size = length < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)length;
    exchange->response = MHD_create_response_from_callback(size, 16384, exchange_read, exchange, NULL);
    exchange->status = status;
}

bool cmhd_exchange_add_field(cmhd_exchange *exchange, const char *name, const char *value) {
    return exchange->response != NULL && MHD_add_response_header(exchange->response, name, value) == MHD_YES;
}

static enum MHD_Result exchange_answer(cmhd_exchange *exchange) {
    cmhd_server *server = exchange->server;
    cmhd_wait_time wait = 0;
    int64_t next = server->callbacks.before_head(exchange->answer, &wait);
    if (next == CMHD_WAIT) return cmhd_clock_suspend(server->clock, &exchange->wait, wait) ? MHD_YES : MHD_NO;
    if (next == CMHD_RESET) exchange_reset(exchange);
    if (next != CMHD_HEAD) return MHD_NO;
    server->callbacks.head(exchange->answer, exchange);
    if (exchange->response == NULL) return MHD_NO;
    enum MHD_Result result = MHD_queue_response(exchange->wait.connection, exchange->status, exchange->response);
    MHD_destroy_response(exchange->response);
    exchange->response = NULL;
    return result;
}

static enum MHD_Result handle(
    void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *data, size_t *size, void **slot
) {
    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    cmhd_exchange *exchange = *slot;
    if (exchange == NULL) return MHD_NO;
    if (!exchange->begun) {
        exchange->begun = true;
        exchange->method = method;
        return MHD_YES;
    }
    if (*size > 0) {
        exchange_append(exchange, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (exchange->wait.gone) return MHD_NO;
    if (exchange->answer == NULL) exchange_deliver(exchange);
    return exchange_answer(exchange);
}

// MARK: Connections

/// Runs when the client's `Finished` message was accepted: the handshake is over.
static int handshake_finished(
    gnutls_session_t session, unsigned int type, unsigned int when, unsigned int incoming, const gnutls_datum_t *message
) {
    (void)type;
    (void)when;
    (void)message;
    if (!incoming) return 0;
    struct MHD_Connection *connection = gnutls_session_get_ptr(session);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL) return 0;
    cmhd_server *server = info->socket_context;
    server->callbacks.handshake_done(server->callbacks.context, gnutls_session_is_resumed(session) != 0);
    return 0;
}

static void connection_notify(
    void *context, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode code
) {
    cmhd_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        server->callbacks.connection_closed(server->callbacks.context);
        return;
    }
    *slot = server;
    if (server->credentials != NULL) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        if (info != NULL && info->tls_session != NULL) {
            gnutls_session_t session = info->tls_session;
            if (gnutls_session_get_ptr(session) == NULL) gnutls_session_set_ptr(session, connection);
            cmhd_credentials_prepare(server->credentials, session);
            gnutls_handshake_set_hook_function(
                session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, handshake_finished);
        }
    }
    server->callbacks.connection_opened(server->callbacks.context);
}

// MARK: Life

static int listen_on_loopback(uint16_t *port, int *error) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) {
        *error = errno;
        return -1;
    }
    int one = 1;
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, SOMAXCONN) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        *error = errno;
        (void)close(listener);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return listener;
}

static struct MHD_Daemon *daemon_start(cmhd_server *server, cmhd_server_options options, int listener) {
    const cmhd_credentials *credentials = server->credentials;
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (credentials == NULL ? 0 : MHD_USE_TLS);
    struct MHD_OptionItem items[8];
    size_t count = 0;
    if (options.threads > 1) {
        items[count++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, options.threads, NULL};
    }
    if (credentials != NULL) {
        items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, credentials->leaf_key.data};
        items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, credentials->leaf.data};
        items[count++] = (struct MHD_OptionItem){
            MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
        if (credentials->options.client_certificates != CMHD_CLIENT_CERTIFICATES_IGNORED) {
            items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, credentials->root.data};
        }
    }
    items[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return MHD_start_daemon(
        flags, options.port, NULL, NULL, handle, server,
        MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_create, server,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_finish, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, server,
        MHD_OPTION_CONNECTION_LIMIT, options.connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, options.idle_timeout,
        MHD_OPTION_ARRAY, items,
        MHD_OPTION_END);
}

cmhd_server *cmhd_server_start(
    cmhd_server_options options, cmhd_callbacks callbacks, cmhd_clock *clock, const cmhd_credentials *credentials, int *error
) {
    *error = 0;
    cmhd_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        *error = ENOMEM;
        return NULL;
    }
    server->callbacks = callbacks;
    server->clock = clock;
    server->credentials = credentials;
    server->body_limit = options.body_limit;
    server->port = options.port;
    int listener = listen_on_loopback(&server->port, error);
    if (listener >= 0) {
        server->daemon = daemon_start(server, options, listener);
        if (server->daemon == NULL) (void)close(listener);
    }
    if (server->daemon == NULL) {
        free(server);
        return NULL;
    }
    return server;
}

uint16_t cmhd_server_port(const cmhd_server *server) { return server->port; }

void cmhd_server_stop(cmhd_server *server) {
    MHD_stop_daemon(server->daemon);
    free(server);
}
