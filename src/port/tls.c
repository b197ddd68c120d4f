#include "port/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

struct tls_server {
    SSL_CTX *context;
};

struct tls {
    SSL *ssl;
    BIO *from_network, *to_network; /* owned by ssl */
};

/* --- Who the server is -------------------------------------------------------------------------------- */

static struct tls_server *refuse(struct tls_server *server, struct fault *fault, const char *file,
                                 const char *expected)
{
    unsigned long e = ERR_peek_last_error();
    const char *why = e ? ERR_reason_error_string(e) : NULL;
    fault_set(fault, ERR_INPUT, "%s: %s is expected%s%s%s", file, expected, why ? " (" : "",
              why ? why : "", why ? ")" : "");
    ERR_clear_error();
    tls_server_free(server);
    return NULL;
}

/* Each conversation verifies: no passphrase is asked for on a terminal, nothing is kept for later ones. */
static int no_passphrase(char *buffer, int room, int writing, void *user)
{
    (void)buffer, (void)room, (void)writing, (void)user;
    return -1;
}

static void set_up(SSL_CTX *context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

struct tls_server *tls_server_new(const struct tls_files *f, struct fault *fault)
{
    struct tls_server *server = calloc(1, sizeof *server);
    if (server)
        server->context = SSL_CTX_new(TLS_server_method());
    if (!server || !server->context) {
        fault_set(fault, ERR_MEMORY, "TLS: out of memory");
        tls_server_free(server);
        return NULL;
    }
    SSL_CTX *c = server->context;
    set_up(c);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(c, f->certificate) != 1)
        return refuse(server, fault, f->certificate, "a certificate in PEM");
    if (SSL_CTX_use_PrivateKey_file(c, f->key, SSL_FILETYPE_PEM) != 1)
        return refuse(server, fault, f->key,
                      "the key of the certificate in PEM, without a passphrase,");
    if (SSL_CTX_check_private_key(c) != 1)
        return refuse(server, fault, f->key, "the key of the certificate");
    if (!f->authorities)
        return server;
    if (SSL_CTX_load_verify_locations(c, f->authorities, NULL) != 1)
        return refuse(server, fault, f->authorities, "certificates of authorities in PEM");
    SSL_CTX_set_client_CA_list(c, SSL_load_client_CA_file(f->authorities));
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return server;
}

void tls_server_free(struct tls_server *server)
{
    if (!server)
        return;
    SSL_CTX_free(server->context);
    free(server);
}

/* --- A conversation ------------------------------------------------------------------------------------- */

struct tls *tls_begin(struct tls_server *server)
{
    struct tls *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->ssl = SSL_new(server->context);
    t->from_network = BIO_new(BIO_s_mem());
    t->to_network = BIO_new(BIO_s_mem());
    if (!t->ssl || !t->from_network || !t->to_network) {
        BIO_free(t->from_network);
        BIO_free(t->to_network);
        SSL_free(t->ssl);
        free(t);
        return NULL;
    }
    SSL_set_bio(t->ssl, t->from_network, t->to_network);
    SSL_set_accept_state(t->ssl);
    return t;
}

void tls_end(struct tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    free(t);
}

bool tls_hear(struct tls *t, const uint8_t *bytes, size_t count)
{
    size_t taken;
    return count == 0 || (BIO_write_ex(t->from_network, bytes, count, &taken) && taken == count);
}

enum tls_state tls_read(struct tls *t, uint8_t *plain, size_t room, size_t *count)
{
    *count = 0;
    ERR_clear_error();
    int result = SSL_read_ex(t->ssl, plain, room, count);
    if (result == 1)
        return TLS_OPEN;
    *count = 0;
    int why = SSL_get_error(t->ssl, result);
    ERR_clear_error(); /* the queue of errors is the thread's */
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return TLS_OPEN;
    return why == SSL_ERROR_ZERO_RETURN ? TLS_ENDED : TLS_BROKEN;
}

bool tls_is_established(const struct tls *t)
{
    return SSL_is_init_finished(t->ssl);
}

bool tls_write(struct tls *t, const uint8_t *plain, size_t count)
{
    size_t written;
    ERR_clear_error();
    bool good = SSL_write_ex(t->ssl, plain, count, &written) == 1 && written == count;
    ERR_clear_error();
    return good;
}

size_t tls_take(struct tls *t, uint8_t *bytes, size_t room)
{
    size_t taken = 0;
    return room > 0 && BIO_read_ex(t->to_network, bytes, room, &taken) ? taken : 0;
}
