/* The HTTP/1.1 parser, case by case: what two servers could read in two ways is refused, whatever the pieces it comes in. */
#include "http1.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const struct http1_limits limits = { .max_target = 100, .max_head = 1000, .max_fields = 10 };

/* Feeds the first 1, 2, 3... bytes as they would come, `step` at a time. 0: more is needed. */
static int parse(struct pryv_arena *mem, const char *text, size_t size, size_t step, struct http_head *head, size_t *len)
{
    size_t scanned = 0;
    const char *why = NULL;
    int found = 0;

    for (size_t have = step < size ? step : size; found == 0; have = have + step < size ? have + step : size) {
        char *copy = malloc(have); /* of its own, so that a read beyond the end is seen */

        memcpy(copy, text, have);
        found = http1_find_head(copy, have, &limits, &scanned, len, &why);
        if (found == 1)
            found = http1_parse_head(mem, pryv_str_copy(mem, pryv_str_n(copy, *len)), &limits, head, &why);
        else if (found == 0 && have == size)
            found = -1;
        else
            cr_assert(found == 0 || why, "a reason is given");
        free(copy);
        if (found == 0 && head->verb.data)
            return 0;
    }
    return found;
}

#define GET  "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define X10  "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static const struct {
    const char *name, *text;
    int status; /* 0: accepted; -1: more is needed */
} heads[] = {
    { "plain", GET HOST "\r\n", 0 },
    { "all of a URL", "GET /a/b%20c?d=e&f[]=g HTTP/1.1\r\n" HOST "\r\n", 0 },
    { "HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0 },
    { "two empty lines first", "\r\n\r\n" GET HOST "\r\n", 0 },
    { "three empty lines first", "\r\n\r\n\r\n" GET HOST "\r\n", 400 },
    { "many empty lines", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n", 400 },
    { "empty value", GET HOST "X-A:\r\n\r\n", 0 },
    { "blanks around a value", GET "Host: \t a \t \r\n\r\n", 0 },
    { "bytes over 127 in a value", GET HOST "X-A: \xc3\xa9\r\n\r\n", 0 },
    { "unfinished", GET HOST, -1 },
    { "unfinished by a byte", GET HOST "\r", -1 },
    { "nothing", "\r\n", -1 },

    /* Line ends */
    { "bare LF after the request line", "GET / HTTP/1.1\n" HOST "\r\n", 400 },
    { "bare LF after a field", GET "Host: a\n\r\n", 400 },
    { "bare LF at the end", GET HOST "\n", 400 },
    { "bare LF first", "\n" GET HOST "\r\n", 400 },
    { "LF LF", GET "Host: a\n\n", 400 },
    { "bare CR in the request line", "GET /\r HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "bare CR in a value", GET HOST "X-A: b\rX-B: c\r\n\r\n", 400 },
    { "bare CR in a name", GET HOST "X\r-A: b\r\n\r\n", 400 },
    { "CR CR LF", GET HOST "X-A: b\r\r\n\r\n", 400 },
    { "CR first", "\r" GET HOST "\r\n", 400 },

    /* The request line */
    { "no version", "GET /\r\n" HOST "\r\n", 400 },
    { "HTTP/0.9", "GET / HTTP/0.9\r\n" HOST "\r\n", 505 },
    { "HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 505 },
    { "HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
    { "preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
    { "http/1.1", "GET / http/1.1\r\n" HOST "\r\n", 400 },
    { "HTTP/1,1", "GET / HTTP/1,1\r\n" HOST "\r\n", 400 },
    { "HTTP/11.1", "GET / HTTP/11.1\r\n" HOST "\r\n", 400 },
    { "HTTP/1.1x", "GET / HTTP/1.1x\r\n" HOST "\r\n", 400 },
    { "two blanks", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "two blanks before the version", "GET /  HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "a blank at the end", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
    { "a blank first", " GET / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "a tab", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "a blank in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "a control character in the target", "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "DEL in the target", "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "a fragment", "GET /#a HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "no path", "GET a HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "an empty target", "GET  HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "an unknown verb", "BREW / HTTP/1.1\r\n" HOST "\r\n", 0 },
    { "a verb that is no token", "GE(T / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "absolute form", "GET http://a/b?c HTTP/1.1\r\n" HOST "\r\n", 0 },
    { "absolute form without path", "GET https://a HTTP/1.1\r\n" HOST "\r\n", 0 },
    { "absolute form without host", "GET http:///b HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "another scheme", "GET ftp://a/b HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "authority form", "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "asterisk form", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0 },
    { "asterisk form of another verb", "GET * HTTP/1.1\r\n" HOST "\r\n", 400 },

    /* Names and values */
    { "a blank before the colon", GET HOST "X-A : b\r\n\r\n", 400 },
    { "a tab before the colon", GET HOST "X-A\t: b\r\n\r\n", 400 },
    { "a blank in a name", GET HOST "X A: b\r\n\r\n", 400 },
    { "no name", GET HOST ": b\r\n\r\n", 400 },
    { "no colon", GET HOST "X-A\r\n\r\n", 400 },
    { "a folded line", GET HOST "X-A: b\r\n c\r\n\r\n", 400 },
    { "a folded line with a tab", GET HOST "X-A: b\r\n\tc\r\n\r\n", 400 },
    { "a blank line first", GET " Host: a\r\n\r\n", 400 },
    { "a control character in a value", GET HOST "X-A: \x01\r\n\r\n", 400 },
    { "DEL in a value", GET HOST "X-A: \x7f\r\n\r\n", 400 },
    { "a byte over 127 in a name", GET HOST "X-\xc3\xa9: b\r\n\r\n", 400 },
    { "a parenthesis in a name", GET HOST "X(A: b\r\n\r\n", 400 },

    /* Host */
    { "no Host", GET "X-A: b\r\n\r\n", 400 },
    { "no field at all", GET "\r\n", 400 },
    { "two Host", GET HOST HOST "\r\n", 400 },
    { "two Host in HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "Host: b\r\n\r\n", 400 },
    { "an empty Host", GET "Host:\r\n\r\n", 0 },
    { "Host with a port", GET "Host: [::1]:3000\r\n\r\n", 0 },
    { "Host with a path", GET "Host: a/b\r\n\r\n", 400 },
    { "Host with a user", GET "Host: a@b\r\n\r\n", 400 },
    { "two names in Host", GET "Host: a, b\r\n\r\n", 400 },

    /* Lengths */
    { "Content-Length", GET HOST "Content-Length: 5\r\n\r\n", 0 },
    { "Content-Length of 0", GET HOST "Content-Length: 0\r\n\r\n", 0 },
    { "two Content-Length", GET HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400 },
    { "two equal Content-Length", GET HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400 },
    { "a list of Content-Length", GET HOST "Content-Length: 5, 5\r\n\r\n", 400 },
    { "an empty Content-Length", GET HOST "Content-Length:\r\n\r\n", 400 },
    { "a negative Content-Length", GET HOST "Content-Length: -5\r\n\r\n", 400 },
    { "a Content-Length with a sign", GET HOST "Content-Length: +5\r\n\r\n", 400 },
    { "a hexadecimal Content-Length", GET HOST "Content-Length: 0x5\r\n\r\n", 400 },
    { "a Content-Length with a blank", GET HOST "Content-Length: 5 5\r\n\r\n", 400 },
    { "a Content-Length with a point", GET HOST "Content-Length: 5.0\r\n\r\n", 400 },
    { "a Content-Length that overflows", GET HOST "Content-Length: 18446744073709551621\r\n\r\n", 400 },
    { "Content-Length and Transfer-Encoding", GET HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
    { "Transfer-Encoding and Content-Length", GET HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400 },
    { "Content-Length of 0 and Transfer-Encoding", GET HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },

    /* Transfer codings */
    { "chunked", GET HOST "Transfer-Encoding: chunked\r\n\r\n", 0 },
    { "CHUNKED", GET HOST "TRANSFER-ENCODING: CHUNKED\r\n\r\n", 0 },
    { "two Transfer-Encoding", GET HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
    { "chunked in HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400 },
    { "identity", GET HOST "Transfer-Encoding: identity\r\n\r\n", 501 },
    { "gzip, chunked", GET HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
    { "chunked, identity", GET HOST "Transfer-Encoding: chunked, identity\r\n\r\n", 501 },
    { "chunked twice", GET HOST "Transfer-Encoding: chunked, chunked\r\n\r\n", 501 },
    { "xchunked", GET HOST "Transfer-Encoding: xchunked\r\n\r\n", 501 },
    { "chunked with a parameter", GET HOST "Transfer-Encoding: chunked;a=b\r\n\r\n", 501 },
    { "chunked in quotes", GET HOST "Transfer-Encoding: \"chunked\"\r\n\r\n", 501 },
    { "an empty Transfer-Encoding", GET HOST "Transfer-Encoding:\r\n\r\n", 501 },
    { "chunked after a vertical tab",
      GET HOST "Transfer-Encoding: \x0b"
               "chunked\r\n\r\n",
      400 },
    { "Transfer-Encoding before a blank", GET HOST "Transfer-Encoding : chunked\r\n\r\n", 400 },
    { "Transfer_Encoding is another field", GET HOST "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 0 },

    /* Limits */
    { "a target of the longest kind", "GET /" X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxxxx HTTP/1.1\r\n" HOST "\r\n", 0 },
    { "a target over it", "GET /" X100 " HTTP/1.1\r\n" HOST "\r\n", 414 },
    { "a target without end", "GET /" X100 X100 X100 X100 X100 X100 X100 X100 X100 X100, 414 },
    { "a field over the limit", GET HOST "X-A: " X100 X100 X100 X100 X100 X100 X100 X100 X100 X100 "\r\n\r\n", 431 },
    { "a field without end", GET HOST "X-A: " X100 X100 X100 X100 X100 X100 X100 X100 X100 X100, 431 },
    { "ten fields", GET HOST "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\n\r\n", 0 },
    { "eleven fields", GET HOST "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\nj:\r\n\r\n", 431 },
};

Test(http1, heads_are_accepted_or_refused_whatever_their_pieces)
{
    for (size_t i = 0; i < PRYV_COUNT(heads); i++)
        for (size_t step = 1; step <= strlen(heads[i].text) + 1; step += step < 8 ? 1 : 97) {
            struct pryv_arena *mem = pryv_arena_new();
            struct http_head head = { 0 };
            size_t len = 0;
            int status = parse(mem, heads[i].text, strlen(heads[i].text), step, &head, &len);

            cr_expect_eq(status, heads[i].status, "%s (%zu bytes at once): %d, not %d", heads[i].name, step, status,
                         heads[i].status);
            if (status == 0)
                cr_expect_eq(len, strlen(heads[i].text), "%s: ends at %zu", heads[i].name, len);
            pryv_arena_free(mem);
        }
}

Test(http1, a_nul_byte_is_refused_wherever_it_stands)
{
    static const char text[] = "GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n";

    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct http_head head = { 0 };
        char broken[sizeof(text)];
        size_t len;

        memcpy(broken, text, sizeof(text));
        broken[at] = '\0';

        int status = parse(mem, broken, sizeof(text) - 1, sizeof(text), &head, &len);

        cr_expect(status == 400 || status == -1, "at %zu: %d", at, status);
        pryv_arena_free(mem);
    }
}

static struct http_head read_head(struct pryv_arena *mem, const char *text)
{
    struct http_head head = { 0 };
    size_t len;

    cr_assert_eq(parse(mem, text, strlen(text), 1000, &head, &len), 0, "%s", text);
    return head;
}

#define IS(text, expected) cr_expect(pryv_str_equal(text, expected), "\"%.*s\", not \"%s\"", PRYV_STR_ARG(text), expected)

Test(http1, a_head_is_told_as_it_was_sent)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct http_head head =
        read_head(mem, "POST /a%2Fb/c?d=e?f HTTP/1.1\r\nHoSt: x:1\r\nX-Long-Name: \t one two\t\r\nContent-Length: 007\r\n"
                       "Expect: 100-Continue\r\n\r\nbody");

    IS(head.verb, "POST");
    IS(head.target, "/a%2Fb/c?d=e?f");
    IS(head.path, "/a%2Fb/c");
    IS(head.query, "d=e?f");
    cr_assert_eq(head.header_count, 4);
    IS(head.headers[0].name, "host");
    IS(head.headers[0].value, "x:1");
    IS(head.headers[1].name, "x-long-name");
    IS(head.headers[1].value, "one two");
    cr_expect_eq(head.content_length, 7);
    cr_expect(head.has_length && head.expects_continue && head.keep_alive && !head.chunked && head.minor == 1);

    head = read_head(mem, "GET http://other.example?a=b HTTP/1.0\r\nX-A: b\r\n\r\n");
    IS(head.path, "/");
    IS(head.query, "a=b");
    cr_expect(!head.keep_alive && !head.has_length && head.minor == 0);
    head = read_head(mem, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    IS(head.path, "/");
    cr_expect_null(head.query.data);
    head = read_head(mem, "GET /? HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect(head.query.data && head.query.len == 0);
    pryv_arena_free(mem);
}

Test(http1, connections_are_kept_as_asked)
{
    static const struct {
        const char *version, *fields;
        bool keep;
    } cases[] = {
        { "1.1", "", true },
        { "1.1", "Connection: close\r\n", false },
        { "1.1", "Connection: Upgrade, CLOSE\r\n", false },
        { "1.1", "Connection: closed\r\n", true },
        { "1.1", "Connection: keep-alive\r\n", true },
        { "1.1", "Connection: close\r\nConnection: keep-alive\r\n", false },
        { "1.0", "", false },
        { "1.0", "Connection: Keep-Alive\r\n", true },
        { "1.0", "Connection: keep-alive, close\r\n", false },
        { "1.0", "Connection: close\r\nConnection: keep-alive\r\n", false },
        { "1.0", "Connection: keep-alive\r\nConnection: close\r\n", false },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        char text[200];

        snprintf(text, sizeof(text), "GET / HTTP/%s\r\nHost: a\r\n%s\r\n", cases[i].version, cases[i].fields);
        cr_expect_eq(read_head(mem, text).keep_alive, cases[i].keep, "%s", text);
        pryv_arena_free(mem);
    }
}

/* ---- Chunked bodies ------------------------------------------------------------------------------ */

#define LONG_LINE X100 X100 X100

static const struct {
    const char *name, *text;
    const char *body; /* NULL: refused */
    bool unfinished;
} bodies[] = {
    { "nothing", "0\r\n\r\n", "", false },
    { "one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", false },
    { "several", "1\r\nh\r\n2\r\nel\r\n2\r\nlo\r\n0\r\n\r\n", "hello", false },
    { "hexadecimal", "0a\r\n0123456789\r\n0\r\n\r\n", "0123456789", false },
    { "capitals", "A\r\n0123456789\r\n000\r\n\r\n", "0123456789", false },
    { "line ends in the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", false },
    { "an extension", "5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello", false },
    { "a quoted extension", "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", "hello", false },
    { "trailers", "5\r\nhello\r\n0\r\nX-A: b\r\nContent-Length: 9\r\n\r\n", "hello", false },
    { "no end", "5\r\nhello\r\n", "hello", true },
    { "no end of trailers", "0\r\nX-A: b\r\n", "", true },
    { "half a chunk", "5\r\nhel", "hel", true },

    { "no size", "\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "an extension without size", ";a\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "no digit", "g\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "0x", "0x5\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "a sign", "+5\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "a negative size", "-5\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "a blank before the size", " 5\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "a blank after the size", "5 \r\nhello\r\n0\r\n\r\n", NULL, false },
    { "a size that overflows", "10000000000000005\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "many zeros", "0000000000000005\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "LF after the size", "5\nhello\r\n0\r\n\r\n", NULL, false },
    { "CR alone after the size", "5\rhello\r\n0\r\n\r\n", NULL, false },
    { "CR CR LF", "5\r\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "LF after the data", "5\r\nhello\n0\r\n\r\n", NULL, false },
    { "more data than told", "4\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "less data than told", "6\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "a control character in an extension", "5;\x01\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "a long extension", "5;" LONG_LINE "\r\nhello\r\n0\r\n\r\n", NULL, false },
    { "LF after the last chunk", "0\n\r\n", NULL, false },
    { "LF at the end", "0\r\n\n", NULL, false },
    { "LF after a trailer", "0\r\nX-A: b\n\r\n", NULL, false },
    { "CR in a trailer", "0\r\nX-A: b\rc\r\n\r\n", NULL, false },
    { "a folded trailer", "0\r\nX-A: b\r\n c\r\n\r\n", NULL, false },
    { "a control character in a trailer", "0\r\nX-A: \x01\r\n\r\n", NULL, false },
};

/* All of `text`, `first` bytes and then `step` at a time. The body, NULL when it is broken. `used`: bytes up to its end, 0 without one. */
static const char *read_chunks(struct pryv_str text, size_t first, size_t step, char body[static 64], size_t *used)
{
    struct http1_chunks chunks = { 0 };
    size_t len = 0, at = 0, piece = first;

    *used = 0;
    body[0] = '\0';
    while (at < text.len) {
        size_t have = piece < text.len - at ? piece : text.len - at;
        char *copy = malloc(have);

        memcpy(copy, text.data + at, have);
        for (size_t done = 0; done < have;) {
            size_t took;
            struct pryv_str out;
            enum http1_chunk_result result = http1_chunks_read(&chunks, pryv_str_n(copy + done, have - done), &took, &out);

            done += took;
            if (result == HTTP1_CHUNK_DATA) {
                cr_assert_lt(len + out.len, 64);
                memcpy(body + len, out.data, out.len);
                len += out.len;
                body[len] = '\0';
            } else if (result == HTTP1_CHUNK_MORE) {
                cr_assert_eq(done, have, "all is taken when more is asked for");
            } else {
                free(copy);
                *used = at + done;
                return result == HTTP1_CHUNK_END ? body : NULL;
            }
        }
        free(copy);
        at += have;
        piece = step;
    }
    return body;
}

Test(http1, chunks_are_read_whatever_their_pieces)
{
    for (size_t i = 0; i < PRYV_COUNT(bodies); i++) {
        char with_next[600];
        int size = snprintf(with_next, sizeof(with_next), "%s%s", bodies[i].text, bodies[i].unfinished ? "" : "GET / HTTP/1.1");
        struct pryv_str text = pryv_str_n(with_next, (size_t) size);

        for (size_t first = 1; first <= text.len; first++)
            for (size_t step = 1; step <= text.len; step = step < 3 ? step + 1 : step * 4) {
                char body[64];
                size_t used;
                const char *got = read_chunks(text, first, step, body, &used);

                cr_expect_eq(!got, !bodies[i].body, "%s (%zu, %zu): %s", bodies[i].name, first, step,
                             got ? "accepted" : "refused");
                if (!got || !bodies[i].body)
                    continue;
                cr_expect_str_eq(got, bodies[i].body, "%s (%zu, %zu)", bodies[i].name, first, step);
                cr_expect_eq(used, bodies[i].unfinished ? 0 : strlen(bodies[i].text), "%s (%zu, %zu): ends at %zu",
                             bodies[i].name, first, step, used);
            }
    }
}

Test(http1, trailers_have_a_limit)
{
    struct http1_chunks chunks = { 0 };
    size_t used, total = 0;
    struct pryv_str out;

    cr_assert_eq(http1_chunks_read(&chunks, PRYV_STR("0\r\n"), &used, &out), HTTP1_CHUNK_MORE);
    while (http1_chunks_read(&chunks, PRYV_STR("X-A: b\r\n"), &used, &out) == HTTP1_CHUNK_MORE)
        cr_assert_lt(total += used, 20000);
}

Test(http1, a_large_chunk_is_handed_out_piece_by_piece)
{
    struct http1_chunks chunks = { 0 };
    size_t used;
    struct pryv_str out;

    cr_assert_eq(http1_chunks_read(&chunks, PRYV_STR("fffffffffffffff\r\nab"), &used, &out), HTTP1_CHUNK_DATA);
    cr_expect_eq(used, 19);
    IS(out, "ab");
    cr_assert_eq(http1_chunks_read(&chunks, PRYV_STR("cdef"), &used, &out), HTTP1_CHUNK_DATA);
    IS(out, "cdef");
}
