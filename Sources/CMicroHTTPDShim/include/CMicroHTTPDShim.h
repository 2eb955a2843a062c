// An HTTP server on libmicrohttpd for Swift: requests arrive whole, answers are pulled piece by piece and may wait
// between any two pieces without holding a thread. No type of libmicrohttpd or GnuTLS appears here.

#ifndef SESSION_POOL_CMICROHTTPDSHIM_H
#define SESSION_POOL_CMICROHTTPDSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// MARK: Lock

/// A mutex at a stable address. Unlike Swift's `Mutex`, ThreadSanitizer understands it.
typedef struct cmhd_lock cmhd_lock;

/// Aborts when memory runs out, as Swift's own allocator does.
cmhd_lock *cmhd_lock_create(void);
void cmhd_lock_acquire(cmhd_lock *lock);
void cmhd_lock_release(cmhd_lock *lock);
void cmhd_lock_destroy(cmhd_lock *lock);

// MARK: Credentials

/// Which clients a TLS server lets in.
typedef enum cmhd_client_certificates : int {
    /// Clients are not asked for a certificate.
    CMHD_CLIENT_CERTIFICATES_IGNORED = 0,
    /// Clients are asked; a certificate that is sent must be ours.
    CMHD_CLIENT_CERTIFICATES_REQUESTED = 1,
    /// A client without our certificate fails the handshake.
    CMHD_CLIENT_CERTIFICATES_REQUIRED = 2,
} cmhd_client_certificates;

typedef struct cmhd_credentials_options {
    cmhd_client_certificates client_certificates;
    bool session_tickets;
    /// The leaf is past its validity.
    bool expired;
    /// The leaf names `wrong.invalid` instead of the loopback names.
    bool wrong_host;
} cmhd_credentials_options;

/// An own root, a leaf for localhost, 127.0.0.1 and ::1, and a client certificate, all EC P-256, made in memory.
typedef struct cmhd_credentials cmhd_credentials;

/// Returns NULL on failure and leaves GnuTLS's code in `error`.
cmhd_credentials *_Nullable cmhd_credentials_create(cmhd_credentials_options options, int *error);
void cmhd_credentials_destroy(cmhd_credentials *credentials);

/// The certificates as PEM text; they live as long as the credentials.
const char *cmhd_credentials_root(const cmhd_credentials *credentials);
const char *cmhd_credentials_client_certificate(const cmhd_credentials *credentials);
const char *cmhd_credentials_client_key(const cmhd_credentials *credentials);

/// GnuTLS's text for a code of `cmhd_credentials_create`.
const char *cmhd_tls_error_text(int error);

// MARK: Private files

/// Makes a new directory of mode 0700 under $TMPDIR or /tmp; its path goes to `path`. Returns 0 or an errno.
int cmhd_private_directory_create(char *path, size_t capacity);
/// Writes a new file of mode 0600. Returns 0 or an errno.
int cmhd_private_file_write(const char *path, const char *text);
/// Removes a file or an empty directory. Returns 0 or an errno.
int cmhd_private_path_remove(const char *path);

// MARK: Clock

/// The one thread that ends waits: when their time comes, when the client hangs up, or when they are released.
typedef struct cmhd_clock cmhd_clock;

/// Returns NULL on failure and leaves an errno in `error`.
cmhd_clock *_Nullable cmhd_clock_create(int *error);
/// Ends every wait, refuses new ones and joins the thread. Call it before `cmhd_server_stop`.
void cmhd_clock_stop(cmhd_clock *clock);
/// Ends every wait for a release of this or an earlier number.
void cmhd_clock_release(cmhd_clock *clock, int64_t release);
void cmhd_clock_destroy(cmhd_clock *clock);
/// CLOCK_MONOTONIC in nanoseconds.
int64_t cmhd_monotonic_now(void);
/// The wall clock in nanoseconds since 1970.
int64_t cmhd_wall_now(void);

// MARK: Server

typedef struct cmhd_server cmhd_server;
/// A request and its answer.
typedef struct cmhd_exchange cmhd_exchange;

typedef struct cmhd_field {
    const char *name;
    const char *value;
} cmhd_field;

/// A whole request; everything in it lives only during the call.
typedef struct cmhd_request {
    const char *method;
    /// The request target as sent: path and query, nothing decoded.
    const char *target;
    const cmhd_field *_Nullable fields;
    size_t field_count;
    const uint8_t *_Nullable body;
    size_t body_length;
    /// The body was longer than the server takes; what came is not kept.
    bool body_too_long;
    bool has_client_certificate;
} cmhd_request;

/// Results of `before_head` and of `body`, beside sizes.
static const int64_t CMHD_WAIT = 0;
static const int64_t CMHD_HEAD = 1;
static const int64_t CMHD_END = -1;
/// Close the connection at once, without ending the answer.
static const int64_t CMHD_ABORT = -2;
/// As CMHD_ABORT, but the client sees a reset instead of an end of stream.
static const int64_t CMHD_RESET = -3;

/// A wait of so many nanoseconds, or, as -1 - n, one that only release number n + 1 or a later one ends. The number
/// tells the clock whether the release came between the decision to wait and the wait.
typedef int64_t cmhd_wait_time;

/// What the server asks of the application. Every call comes from a thread of the server; calls about one exchange
/// never overlap.
typedef struct cmhd_callbacks {
    void *context;
    void (*connection_opened)(void *context);
    void (*connection_closed)(void *context);
    void (*handshake_done)(void *context, bool resumed);
    /// A whole request is here. The result is handed to the calls below and belongs to the application.
    void *_Nonnull (*_Nonnull request_received)(void *context, const cmhd_request *request);
    /// Returns CMHD_HEAD, CMHD_ABORT, CMHD_RESET, or CMHD_WAIT after storing in `wait` how long.
    int64_t (*before_head)(void *answer, cmhd_wait_time *wait);
    /// Time for the head: must call `cmhd_exchange_begin` once, then `cmhd_exchange_add_field`.
    void (*head)(void *answer, cmhd_exchange *exchange);
    /// Puts the next piece into the buffer and returns its size, or CMHD_END, CMHD_ABORT, CMHD_RESET, or CMHD_WAIT
    /// after storing in `wait` how long.
    int64_t (*body)(void *answer, uint8_t *buffer, size_t capacity, cmhd_wait_time *wait);
    /// The exchange is over, whichever way; the last call.
    void (*finished)(void *answer);
} cmhd_callbacks;

typedef struct cmhd_server_options {
    /// 0 takes any free port.
    uint16_t port;
    unsigned int threads;
    unsigned int connection_limit;
    /// Seconds after which an idle connection is closed; 0 for never.
    unsigned int idle_timeout;
    size_t body_limit;
} cmhd_server_options;

/// Listens on 127.0.0.1. Returns NULL on failure and leaves an errno in `error`, 0 if libmicrohttpd refused to start.
/// Clock and credentials must outlive the server.
cmhd_server *_Nullable cmhd_server_start(
    cmhd_server_options options,
    cmhd_callbacks callbacks,
    cmhd_clock *clock,
    const cmhd_credentials *_Nullable credentials,
    int *error
);
uint16_t cmhd_server_port(const cmhd_server *server);
/// Closes every connection; no callback comes after it returns. The clock must have been stopped.
void cmhd_server_stop(cmhd_server *server);

/// Begins the answer; `length` -1 is sent chunked.
void cmhd_exchange_begin(cmhd_exchange *exchange, unsigned int status, int64_t length);
/// Adds a header field; returns false if libmicrohttpd refuses it.
bool cmhd_exchange_add_field(cmhd_exchange *exchange, const char *name, const char *value);

#pragma clang assume_nonnull end

#endif
