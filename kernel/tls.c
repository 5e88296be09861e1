/* tls.c - a TLS context from PEM texts. Each reload makes a whole new one; open connections keep the one they began with. */
#include "tls.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pryv/log.h>

#define LOG_NAME "tls"

static int choose_protocol(SSL *ssl PRYV_UNUSED, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                           unsigned int in_len, void *arg PRYV_UNUSED)
{
    static const unsigned char ours[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };
    unsigned char *chosen = NULL;

    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours), in, in_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* The first certificate is the server's, what follows is its chain. */
static bool use_certificates(SSL_CTX *context, const char *pem, bool first_is_own)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate;
    bool ok = true, any = false;

    while (ok && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        if (first_is_own && !any)
            ok = SSL_CTX_use_certificate(context, certificate) == 1;
        else
            ok = SSL_CTX_add1_chain_cert(context, certificate) == 1;
        X509_free(certificate);
        any = true;
    }
    BIO_free(bio);
    ERR_clear_error(); /* the end of the text is told as an error */
    return ok && any;
}

static bool use_key(SSL_CTX *context, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    bool ok = key && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;

    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

struct ssl_ctx_st *tls_context_new(const char *key_pem, const char *cert_pem, const char *ca_pem)
{
    if (!key_pem || !cert_pem)
        return NULL;

    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    const char *wrong = NULL;

    if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
        wrong = "OpenSSL cannot make a context";
    else if (!use_certificates(context, cert_pem, true))
        wrong = "http.ssl.certFile holds no usable certificate";
    else if (ca_pem && !use_certificates(context, ca_pem, false))
        wrong = "http.ssl.caFile holds no usable certificate";
    else if (!use_key(context, key_pem))
        wrong = "http.ssl.keyFile holds no private key that fits the certificate";
    if (wrong) {
        pryv_log_error(LOG_NAME, "%s", wrong);
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); /* an idle connection holds no buffers */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    return context;
}
