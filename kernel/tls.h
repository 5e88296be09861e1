/* tls.h - TLS contexts from PEM texts. */
#ifndef KERNEL_TLS_H
#define KERNEL_TLS_H

struct ssl_ctx_st;

/* A new complete context each time, for http_server_use_tls; NULL after a line on the log when a text is not PEM, or the key does not fit the
 * certificate. `ca_pem` may be NULL. */
struct ssl_ctx_st *tls_context_new(const char *key_pem, const char *cert_pem, const char *ca_pem);

#endif
