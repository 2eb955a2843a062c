// The daemon: listens, counts connections and handshakes, hands requests to exchange.c.

#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

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
    // Not epoll: libmicrohttpd 0.9.75 uses it edge-triggered, misses a hang-up that comes together with data, and never
    // cleans up a connection whose answer was broken off. Suspended connections are in no poll set, so it stays small.
    unsigned int flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    if (credentials != NULL) flags |= MHD_USE_TLS;
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
        flags, options.port, NULL, NULL, cmhd_exchange_handle, server,
        MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_URI_LOG_CALLBACK, cmhd_exchange_create, server,
        MHD_OPTION_NOTIFY_COMPLETED, cmhd_exchange_finish, server,
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
