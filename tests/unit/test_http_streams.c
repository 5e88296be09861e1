/* Answers of a real HTTP server that do not leave in one piece: streams, files, compression, slow clients, TLS, and the drain. */
#include "http_server_fixture.h"
#include "tls.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <zlib.h>

TestSuite(http_streams, .init = begin_usual, .fini = finish, .timeout = 60);

#define HOST  "Host: a\r\n"
#define CLOSE "Connection: close\r\n"

/* ---- Streams ----------------------------------------------------------------------------------------- */

Test(http_streams, come_in_chunks)
{
    static const char *const requests[] = { "GET /stream?50 HTTP/1.1\r\n" HOST CLOSE "\r\n",
                                            "GET /inline-stream?50 HTTP/1.1\r\n" HOST CLOSE "\r\n",
                                            "GET /stream?1 HTTP/1.1\r\n" HOST CLOSE "\r\n" };
    static const size_t pieces[] = { 50, 50, 1 };

    for (size_t i = 0; i < PRYV_COUNT(requests); i++) {
        const char *answer = ask(requests[i], UNTIL_CLOSED);
        size_t len = 0;
        char *joined;

        SAYS(answer, "Transfer-Encoding: chunked\r\n");
        SAYS_NOT(answer, "Content-Length");
        joined = join_chunks(body_of(answer), &len);
        cr_assert(joined, "the end is there");
        cr_expect_eq(len, pieces[i] * PIECE);
        for (size_t at = 0; at < len; at += PIECE)
            cr_expect_eq(memcmp(joined + at, "piece", 6), 0);
        free(joined);
    }
}

Test(http_streams, are_cut_when_they_cannot_be_whole)
{
    const char *answer = ask("GET /broken-off HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", UNTIL_CLOSED);

    SAYS_NOT(answer, "0\r\n\r\n");
    SAYS_NOT(answer, "hello");
    SAYS_NOT(ask("GET /short HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", UNTIL_CLOSED), "hello");
}

Test(http_streams, wait_for_a_slow_client_with_one_buffer)
{
    int fd = dial(4096);
    char piece[PIECE];

    say(fd, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
    cr_assert(comes_true(writer_waits));
    /* The system's own buffer may take some megabytes as well. */
    cr_expect_lt(it.written, 1000, "%d pieces of %d were written for a client that reads nothing", it.written, PIECE);

    int before = it.written;

    for (int i = 0; i < 2000; i++)
        cr_assert_gt(recv(fd, piece, sizeof(piece), 0), 0);
    cr_expect_gt(it.written, before);
    cr_expect_eq(it.streams_over, 0);
    close(fd);
    cr_assert(comes_true(stream_is_over), "the writer wakes when the client leaves");
    cr_expect_eq(it.last_rc, PRYV_GONE);
    SAYS(ask("GET /a HTTP/1.1\r\n" HOST "\r\n", 1), " 200 OK");
}

/* Connections that ask for a long answer and read nothing of it, all of whose writers run. */
static void begin_slow_readers(int *fds, int count)
{
    for (int i = 0; i < count; i++) {
        fds[i] = dial(4096);
        say(fds[i], "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
        for (int tries = 0; it.streams_begun <= i && tries < 10000; tries++)
            nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
        cr_assert_eq(it.streams_begun, i + 1);
    }
    cr_assert(comes_true(writer_waits));
}

static bool streams_are_over(void)
{
    return it.streams_over == it.streams_begun;
}

static void end_slow_readers(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
    cr_assert(comes_true(streams_are_over));
}

Test(http_streams, of_slow_clients_leave_threads_for_others)
{
    int fds[THREADS / 2];

    begin_slow_readers(fds, THREADS / 2);
    for (int i = 0; i < 50; i++)
        SAYS(ask("GET /a HTTP/1.1\r\n" HOST "\r\n", 1), " 200 OK");
    end_slow_readers(fds, THREADS / 2);
}

Test(http_streams, of_slow_clients_leave_others_their_streams)
{
    int fds[SPARE_THREADS]; /* more than there are threads */

    begin_slow_readers(fds, SPARE_THREADS);
    for (int i = 0; i < 10; i++)
        SAYS(ask("GET /stream?2 HTTP/1.1\r\n" HOST CLOSE "\r\n", UNTIL_CLOSED), " 200 OK");
    end_slow_readers(fds, SPARE_THREADS);
}

static void begin_short_patience(void)
{
    usual_settings();
    settings.send_timeout_ms = 700;
    begin(NULL);
}

TestSuite(http_patience, .init = begin_short_patience, .fini = finish, .timeout = 60);

Test(http_patience, ends_for_a_client_that_reads_nothing)
{
    int fd = dial(4096);

    say(fd, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
    cr_assert(comes_true(stream_is_over));
    cr_expect_eq(it.last_rc, PRYV_GONE);
    close(fd);
}

Test(http_patience, lasts_for_a_client_that_reads_slowly)
{
    int fd = dial(4096);
    double end = seconds_now() + 3;
    char piece[64 * 1024];

    say(fd, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
    while (seconds_now() < end) {
        cr_assert_gt(recv(fd, piece, sizeof(piece), 0), 0);
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    cr_expect_eq(it.streams_over, 0);
    close(fd);
}

/* ---- Files and compression ------------------------------------------------------------------------------ */

static void check_file(const char *answer)
{
    const char *body = body_of(answer);

    SAYS(answer, "Content-Length: 1015808\r\n");
    cr_assert_eq(strlen(body), 62 * PIECE);
    for (size_t i = 0; i < 62; i++)
        cr_expect(body[i * PIECE] == (char) ('a' + (i + 1) % 26) && body[i * PIECE + PIECE - 1] == body[i * PIECE], "piece %zu",
                  i);
}

Test(http_streams, files_are_sent_from_where_to_where_asked)
{
    check_file(ask("GET /sendfile HTTP/1.1\r\n" HOST CLOSE "\r\n", UNTIL_CLOSED));
}

static size_t unpack(const char *packed, size_t packed_len, char *out, size_t room)
{
    z_stream stream = { .next_in = (Bytef *) (uintptr_t) packed,
                        .avail_in = (uInt) packed_len,
                        .next_out = (Bytef *) out,
                        .avail_out = (uInt) room };

    cr_assert_eq(inflateInit2(&stream, 15 + 16), Z_OK);
    cr_assert_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    return stream.total_out;
}

Test(http_streams, texts_are_packed_for_those_who_ask)
{
    static char text[1024 * 1024];
    const char *answer = ask("GET /large HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: deflate, GZIP;q=0.5\r\n\r\n", UNTIL_CLOSED);
    size_t len = strtoul(strstr(answer, "Content-Length: ") + 16, NULL, 10);

    SAYS(answer, "Content-Encoding: gzip\r\n");
    SAYS(answer, "Vary: Accept-Encoding\r\n");
    cr_expect_lt(len, 2000u);
    cr_expect_eq(unpack(body_of(answer), len, text, sizeof(text)), 100000);
    cr_expect_eq(text[99999], 'x');
}

Test(http_streams, streams_are_packed_too)
{
    static char text[60 * PIECE];
    const char *answer = ask("GET /stream?50 HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: gzip\r\n\r\n", UNTIL_CLOSED);
    size_t len;
    char *joined = join_chunks(body_of(answer), &len);

    SAYS(answer, "Content-Encoding: gzip\r\n");
    cr_assert(joined);
    cr_expect_eq(unpack(joined, len, text, sizeof(text)), 50 * PIECE);
    cr_expect_eq(memcmp(text + 49 * PIECE, "piece", 6), 0);
    free(joined);
}

Test(http_streams, nothing_is_packed_unasked)
{
    static const char *const requests[] = {
        "GET /large HTTP/1.1\r\n" HOST CLOSE "\r\n",
        "GET /large HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: br, identity\r\n\r\n",
        "GET /large HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: gzip;q=0\r\n\r\n",
        "GET /large HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: gzip ; q=0.000, br\r\n\r\n",
        "GET /large HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: xgzip, gzipx\r\n\r\n",
        "GET /large HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding:\r\n\r\n",
        "GET /a HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: gzip\r\n\r\n",
        "GET /sendfile HTTP/1.1\r\n" HOST CLOSE "Accept-Encoding: gzip\r\n\r\n",
    };

    for (size_t i = 0; i < PRYV_COUNT(requests); i++)
        SAYS_NOT(ask(requests[i], UNTIL_CLOSED), "Content-Encoding");
    SAYS(ask(requests[0], UNTIL_CLOSED), "Vary: Accept-Encoding\r\n"); /* a cache must know all the same */
}

/* ---- The drain ----------------------------------------------------------------------------------------- */

static void on_drained(void *arg)
{
    (void) arg;
    it.drained = true;
}

static void drain(void *seconds)
{
    http_server_drain(it.server, *(double *) seconds, on_drained, NULL);
}

static bool is_drained(void)
{
    return it.drained;
}

static bool one_holds(void)
{
    return it.holding == 1;
}

Test(http_streams, a_drain_lets_requests_end)
{
    double grace = 30;
    int idle = dial(0), busy = dial(0), next = dial(0);

    say(idle, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    SAYS(hear(idle, 1), " 200 OK");
    say(next, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    SAYS(hear(next, 1), " 200 OK");
    say(busy, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    cr_assert(comes_true(one_holds));
    executor_to_loop(it.executor, drain, &grace);
    nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    say(next, "GET /a HTTP/1.1\r\n" HOST "\r\n"); /* it was on its way */
    SAYS(hear(next, UNTIL_CLOSED), "Connection: close\r\n");
    cr_expect_str_eq(hear(idle, UNTIL_CLOSED), "");
    cr_expect_not(it.drained);
    sem_post(&it.held);

    const char *answer = hear(busy, UNTIL_CLOSED);

    SAYS(answer, "\r\n\r\nheld");
    SAYS(answer, "Connection: close\r\n");
    cr_assert(comes_true(is_drained));
    close(idle);
    close(busy);
    close(next);
}

Test(http_streams, a_drain_ends_with_its_grace)
{
    double grace = 0.5, started;
    int slow = dial(4096);

    say(slow, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
    cr_assert(comes_true(writer_waits));
    started = seconds_now();
    executor_to_loop(it.executor, drain, &grace);
    cr_assert(comes_true(is_drained));
    cr_expect_lt(seconds_now() - started, 8.); /* long before the client would be given up */
    cr_assert(comes_true(stream_is_over), "the writer is woken");
    close(slow);
}

/* ---- TLS ------------------------------------------------------------------------------------------------ */

static char *pem_text(BIO *bio)
{
    char *data; /* without a NUL behind it, so no function for strings may look at it */
    size_t len = (size_t) BIO_get_mem_data(bio, &data);
    char *text = calloc(1, len + 1);

    memcpy(text, data, len);
    BIO_free(bio);
    return text;
}

static void make_certificate(char **key_pem, char **cert_pem)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    BIO *key_bio = BIO_new(BIO_s_mem()), *cert_bio = BIO_new(BIO_s_mem());

    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *) "localhost", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    cr_assert_gt(X509_sign(cert, key, EVP_sha256()), 0);
    PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_X509(cert_bio, cert);
    *key_pem = pem_text(key_bio);
    *cert_pem = pem_text(cert_bio);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void begin_tls(void)
{
    char *key, *cert;

    usual_settings();
    make_certificate(&key, &cert);
    begin(tls_context_new(key, cert, NULL));
    free(key);
    free(cert);
}

TestSuite(http_tls, .init = begin_tls, .fini = finish, .timeout = 60);

/* All that comes back until the server closes, and closes in an orderly way. Free it. */
static char *ask_tls(const char *text, const char *body, size_t body_len)
{
    static const unsigned char protocols[] = { 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };
    const unsigned char *chosen = NULL;
    unsigned chosen_len = 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    int fd = dial(0), n;
    size_t room = 2 * 1024 * 1024, len = 0;
    char *answer = malloc(room);

    SSL_set_alpn_protos(ssl, protocols, sizeof(protocols));
    SSL_set_fd(ssl, fd);
    cr_assert_eq(SSL_connect(ssl), 1);
    SSL_get0_alpn_selected(ssl, &chosen, &chosen_len);
    cr_expect(chosen_len == 8 && memcmp(chosen, "http/1.1", 8) == 0);
    cr_assert_gt(SSL_write(ssl, text, (int) strlen(text)), 0);
    if (body_len)
        cr_assert_gt(SSL_write(ssl, body, (int) body_len), 0);
    while ((n = SSL_read(ssl, answer + len, (int) (room - 1 - len))) > 0)
        len += (size_t) n;
    cr_expect_eq(SSL_get_error(ssl, n), SSL_ERROR_ZERO_RETURN, "the end is announced");
    answer[len] = '\0';
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return answer;
}

Test(http_tls, speaks_https)
{
    char *answer = ask_tls("GET /who HTTP/1.1\r\n" HOST CLOSE "\r\n", "", 0);

    cr_expect_str_eq(body_of(answer), "127.0.0.1 tls");
    free(answer);
    answer = ask_tls("GET /inline HTTP/1.1\r\n" HOST "\r\nGET /a HTTP/1.1\r\n" HOST CLOSE "\r\n", "", 0);
    SAYS(answer, "\r\n\r\nhelloHTTP/1.1 200 OK");
    free(answer);
}

Test(http_tls, takes_large_bodies)
{
    size_t len = 1000000;
    char *body = malloc(len);

    for (size_t i = 0; i < len; i++)
        body[i] = (char) ('a' + i % 23);

    char *answer = ask_tls("POST /file HTTP/1.1\r\n" HOST CLOSE "Content-Length: 1000000\r\n\r\n", body, len);

    cr_assert_eq(strlen(body_of(answer)), len);
    cr_expect_eq(memcmp(body_of(answer), body, len), 0);
    free(answer);
    free(body);
}

Test(http_tls, sends_files_and_streams)
{
    char *answer = ask_tls("GET /sendfile HTTP/1.1\r\n" HOST CLOSE "\r\n", "", 0), *joined;
    size_t len = 0;

    check_file(answer);
    free(answer);
    answer = ask_tls("GET /stream?50 HTTP/1.1\r\n" HOST CLOSE "\r\n", "", 0);
    joined = join_chunks(body_of(answer), &len);
    cr_expect_eq(len, 50 * PIECE);
    free(joined);
    free(answer);
}

Test(http_tls, cuts_what_is_no_tls)
{
    static const char *const parts[] = { "", "GET / HTTP/1.1\r\n" HOST "\r\n", "\x16\x03\x01" };
    char *answer;

    for (size_t i = 0; i < PRYV_COUNT(parts); i++) {
        int fd = dial(0);
        char text[100];
        ssize_t n;

        say(fd, parts[i]);
        shutdown(fd, SHUT_WR);
        while ((n = recv(fd, text, sizeof(text), 0)) > 0) /* an alert at most, then the end or a reset, but in time */
            cr_expect_neq(text[0], 'H');
        cr_expect(n == 0 || errno == ECONNRESET);
        close(fd);
    }
    answer = ask_tls("GET /a HTTP/1.1\r\n" HOST CLOSE "\r\n", "", 0);
    SAYS(answer, " 200 OK");
    free(answer);
}

Test(http_tls, a_slow_client_that_leaves_wakes_the_writer)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    int fd = dial(4096);

    SSL_set_fd(ssl, fd);
    cr_assert_eq(SSL_connect(ssl), 1);
    cr_assert_gt(SSL_write(ssl, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n", 40), 0);
    cr_assert(comes_true(writer_waits));
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    cr_assert(comes_true(stream_is_over));
    cr_expect_eq(it.last_rc, PRYV_GONE);
}

Test(tls, a_key_must_fit_its_certificate)
{
    char *keys[2], *certs[2];

    make_certificate(&keys[0], &certs[0]);
    make_certificate(&keys[1], &certs[1]);

    SSL_CTX *good = tls_context_new(keys[0], certs[0], certs[1]);

    cr_expect(good);
    SSL_CTX_free(good);
    cr_expect_null(tls_context_new(keys[0], certs[1], NULL));
    cr_expect_null(tls_context_new("nonsense", certs[0], NULL));
    cr_expect_null(tls_context_new(keys[0], "nonsense", NULL));
    cr_expect_null(tls_context_new(keys[0], certs[0], "nonsense"));
    for (int i = 0; i < 2; i++) {
        free(keys[i]);
        free(certs[i]);
    }
}
