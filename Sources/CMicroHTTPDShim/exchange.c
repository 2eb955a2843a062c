// A request and its answer: collects the one, plays the other, and suspends the connection in between.

#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// MARK: Request

void *cmhd_exchange_create(void *context, const char *target, struct MHD_Connection *connection) {
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

void cmhd_exchange_finish(
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

enum MHD_Result cmhd_exchange_handle(
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
