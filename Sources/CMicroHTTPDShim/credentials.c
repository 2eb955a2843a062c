#include "internal.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { day = 24 * 60 * 60 };

/// A certificate in the making and the key that it certifies.
typedef struct identity {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
} identity;

/// Runs the next step unless one failed before, so that each builder reads as a list of steps.
#define STEP(call) \
    if (result >= 0) result = (call)

static int identity_begin(identity *identity, const char *name, time_t from, time_t until) {
    int result = gnutls_x509_privkey_init(&identity->key);
    STEP(gnutls_x509_privkey_generate(
        identity->key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    STEP(gnutls_x509_crt_init(&identity->certificate));
    STEP(gnutls_x509_crt_set_version(identity->certificate, 3));
    unsigned char serial[16];
    STEP(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial));
    // A serial number is positive: a set top bit would make it negative.
    serial[0] = (serial[0] & 0x7f) | 0x40;
    STEP(gnutls_x509_crt_set_serial(identity->certificate, serial, sizeof serial));
    STEP(gnutls_x509_crt_set_activation_time(identity->certificate, from));
    STEP(gnutls_x509_crt_set_expiration_time(identity->certificate, until));
    STEP(gnutls_x509_crt_set_dn_by_oid(
        identity->certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned int)strlen(name)));
    STEP(gnutls_x509_crt_set_key(identity->certificate, identity->key));
    unsigned char id[64];
    size_t length = sizeof id;
    STEP(gnutls_x509_crt_get_key_id(identity->certificate, GNUTLS_KEYID_USE_SHA1, id, &length));
    STEP(gnutls_x509_crt_set_subject_key_id(identity->certificate, id, length));
    return result;
}

static int identity_sign(identity *identity, const struct identity *issuer) {
    unsigned char id[64];
    size_t length = sizeof id;
    int result = gnutls_x509_crt_get_key_id(issuer->certificate, GNUTLS_KEYID_USE_SHA1, id, &length);
    STEP(gnutls_x509_crt_set_authority_key_id(identity->certificate, id, length));
    STEP(gnutls_x509_crt_sign2(identity->certificate, issuer->certificate, issuer->key, GNUTLS_DIG_SHA256, 0));
    return result;
}

static int identity_export(const identity *identity, gnutls_datum_t *certificate, gnutls_datum_t *_Nullable key) {
    int result = gnutls_x509_crt_export2(identity->certificate, GNUTLS_X509_FMT_PEM, certificate);
    if (key != NULL) STEP(gnutls_x509_privkey_export2_pkcs8(identity->key, GNUTLS_X509_FMT_PEM, NULL, 0, key));
    return result;
}

static void identity_free(identity *identity) {
    if (identity->certificate != NULL) gnutls_x509_crt_deinit(identity->certificate);
    if (identity->key != NULL) gnutls_x509_privkey_deinit(identity->key);
}

static int make_root(identity *root, time_t now) {
    int result = identity_begin(root, "session-pool simulator root", now - day, now + 365 * (time_t)day);
    STEP(gnutls_x509_crt_set_basic_constraints(root->certificate, 1, -1));
    STEP(gnutls_x509_crt_set_key_usage(root->certificate, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN));
    STEP(identity_sign(root, root));
    return result;
}

static int add_address(gnutls_x509_crt_t certificate, int family, const char *text, unsigned int length) {
    unsigned char address[16];
    if (inet_pton(family, text, address) != 1) return GNUTLS_E_INVALID_REQUEST;
    return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, address, length, GNUTLS_FSAN_APPEND);
}

static int make_leaf(identity *leaf, const identity *root, cmhd_credentials_options options, time_t now) {
    time_t until = options.expired ? now - day / 2 : now + 30 * (time_t)day;
    int result = identity_begin(leaf, "session-pool simulator", now - day, until);
    STEP(gnutls_x509_crt_set_basic_constraints(leaf->certificate, 0, -1));
    STEP(gnutls_x509_crt_set_key_usage(leaf->certificate, GNUTLS_KEY_DIGITAL_SIGNATURE));
    STEP(gnutls_x509_crt_set_key_purpose_oid(leaf->certificate, GNUTLS_KP_TLS_WWW_SERVER, 0));
    const char *name = options.wrong_host ? "wrong.invalid" : "localhost";
    STEP(gnutls_x509_crt_set_subject_alt_name(
        leaf->certificate, GNUTLS_SAN_DNSNAME, name, (unsigned int)strlen(name), GNUTLS_FSAN_SET));
    if (!options.wrong_host) {
        STEP(add_address(leaf->certificate, AF_INET, "127.0.0.1", 4));
        STEP(add_address(leaf->certificate, AF_INET6, "::1", 16));
    }
    STEP(identity_sign(leaf, root));
    return result;
}

static int make_client(identity *client, const identity *root, time_t now) {
    int result = identity_begin(client, "session-pool client", now - day, now + 30 * (time_t)day);
    STEP(gnutls_x509_crt_set_basic_constraints(client->certificate, 0, -1));
    STEP(gnutls_x509_crt_set_key_usage(client->certificate, GNUTLS_KEY_DIGITAL_SIGNATURE));
    STEP(gnutls_x509_crt_set_key_purpose_oid(client->certificate, GNUTLS_KP_TLS_WWW_CLIENT, 0));
    STEP(identity_sign(client, root));
    return result;
}

cmhd_credentials *cmhd_credentials_create(cmhd_credentials_options options, int *error) {
    cmhd_credentials *credentials = calloc(1, sizeof *credentials);
    if (credentials == NULL) {
        *error = GNUTLS_E_MEMORY_ERROR;
        return NULL;
    }
    credentials->options = options;
    identity root = {0}, leaf = {0}, client = {0};
    time_t now = time(NULL);
    int result = make_root(&root, now);
    STEP(make_leaf(&leaf, &root, options, now));
    STEP(make_client(&client, &root, now));
    STEP(identity_export(&root, &credentials->root, NULL));
    STEP(identity_export(&leaf, &credentials->leaf, &credentials->leaf_key));
    STEP(identity_export(&client, &credentials->client, &credentials->client_key));
    if (options.session_tickets) STEP(gnutls_session_ticket_key_generate(&credentials->ticket_key));
    identity_free(&root);
    identity_free(&leaf);
    identity_free(&client);
    if (result < 0) {
        *error = result;
        cmhd_credentials_destroy(credentials);
        return NULL;
    }
    return credentials;
}

void cmhd_credentials_destroy(cmhd_credentials *credentials) {
    gnutls_datum_t *data[] = {
        &credentials->root, &credentials->leaf, &credentials->leaf_key, &credentials->client, &credentials->client_key,
        &credentials->ticket_key,
    };
    for (size_t index = 0; index < sizeof data / sizeof data[0]; index += 1) gnutls_free(data[index]->data);
    free(credentials);
}

/// Accepts a client without a certificate: GnuTLS has refused it already where one is required.
static int verify_client(gnutls_session_t session) {
    unsigned int count = 0;
    if (gnutls_certificate_get_peers(session, &count) == NULL || count == 0) return 0;
    unsigned int status = 0;
    int result = gnutls_certificate_verify_peers2(session, &status);
    return result < 0 || status != 0 ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

void cmhd_credentials_prepare(const cmhd_credentials *credentials, gnutls_session_t session) {
    if (credentials->options.session_tickets) {
        (void)gnutls_session_ticket_enable_server(session, &credentials->ticket_key);
    }
    switch (credentials->options.client_certificates) {
    case CMHD_CLIENT_CERTIFICATES_IGNORED:
        return;
    case CMHD_CLIENT_CERTIFICATES_REQUESTED:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
        break;
    case CMHD_CLIENT_CERTIFICATES_REQUIRED:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        break;
    }
    gnutls_session_set_verify_function(session, verify_client);
}

const char *cmhd_credentials_root(const cmhd_credentials *credentials) { return (const char *)credentials->root.data; }

const char *cmhd_credentials_client_certificate(const cmhd_credentials *credentials) {
    return (const char *)credentials->client.data;
}

const char *cmhd_credentials_client_key(const cmhd_credentials *credentials) {
    return (const char *)credentials->client_key.data;
}

const char *cmhd_tls_error_text(int error) { return gnutls_strerror(error); }
