/* pryv/json.h - reading JSON into jansson values, and writing it as JavaScript would.
 *
 * Numbers  Every JSON number is an IEEE double. It is written as ECMAScript's Number::toString writes
 *          it (ECMA-262, 6.1.6.1.20): the shortest digits that read back, `1.0` as `1`, `-0` as `0`,
 *          1e21 as `1e+21`. NaN and infinities are written `null`. Clients scan for these bytes and
 *          integrity hashes are made of them.
 * Text     UTF-8. Written as JSON.stringify does: escaped are ", \, controls (\b \t \n \f \r, else
 *          \u00xx); all else as it is.
 * Order    Members keep the order in which they were read or written.
 */
#ifndef PRYV_JSON_H
#define PRYV_JSON_H

#include <jansson.h>
#include <pryv/arena.h>
#include <pryv/error.h>

/* ---- Reading ------------------------------------------------------------------------------- */

/* Parse a whole text. `any`: scalars at the top are fine too (else only objects and arrays).
 * A byte order mark is skipped. Duplicate keys: the last wins. All numbers become JSON_REAL; a literal
 * beyond the range of doubles becomes null (as JSON.parse and JSON.stringify make of it). Refused: what
 * RFC 8259 refuses, invalid UTF-8, lone surrogates, keys with U+0000, nesting deeper than
 * `http.maxJsonDepth`, more names and values than `http.maxJsonValues`. The value is released with the arena. Errors: PRYV_REFUSED 400
 * invalid-request-structure. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_json_parse(struct pryv_arena *arena, struct pryv_str text, bool any, json_t **out,
                                                    struct pryv_err *err);

/* Borrowed views; absent when the value is not of that kind. */
PRYV_EXPORT struct pryv_str pryv_json_text_of(const json_t *string);
PRYV_EXPORT struct pryv_str pryv_json_member_text(const json_t *object, const char *key);
PRYV_EXPORT double pryv_json_member_number(const json_t *object, const char *key); /* or PRYV_ABSENT */
PRYV_EXPORT bool pryv_json_member_true(const json_t *object, const char *key);
PRYV_EXPORT json_t *pryv_json_string(struct pryv_str text); /* a new jansson string */
/* Hands a reference to the arena: the value is released with it. Returns the value; NULL is fine. */
PRYV_EXPORT json_t *pryv_json_keep(struct pryv_arena *arena, json_t *value);

/* ---- Writing ------------------------------------------------------------------------------- */

/* A writer puts commas itself. It fills a buffer and hands it to its sink when full, or keeps it all
 * when it has none. A failing sink makes it deaf: later writes do nothing and pryv_json_failed tells. */
struct pryv_json;

/* Takes the bytes before it returns. May block (a slow client). */
typedef enum pryv_rc (*pryv_json_sink)(void *context, const char *data, size_t len);

PRYV_EXPORT struct pryv_json *pryv_json_new(struct pryv_arena *arena);
/* Hands over pieces of at most `buffer_size`. Without a sink it keeps all, and begins with room for the usual answer. */
PRYV_EXPORT struct pryv_json *pryv_json_new_sink(struct pryv_arena *arena, size_t buffer_size, pryv_json_sink sink,
                                                 void *context);
/* What is in the buffer: the whole text when there is no sink. Valid until the next write. */
PRYV_EXPORT struct pryv_str pryv_json_text(const struct pryv_json *js);
PRYV_EXPORT enum pryv_rc pryv_json_flush(struct pryv_json *js);
PRYV_EXPORT enum pryv_rc pryv_json_failed(const struct pryv_json *js); /* PRYV_OK while all is well */
PRYV_EXPORT uint64_t pryv_json_written(const struct pryv_json *js);    /* bytes, flushed ones included */

/* Take back what was written since the mark. False when some of it already went to the sink. */
struct pryv_json_mark {
    uint64_t offset;
    int depth;
    bool comma;
};
PRYV_EXPORT struct pryv_json_mark pryv_json_mark(const struct pryv_json *js);
PRYV_EXPORT bool pryv_json_rewind(struct pryv_json *js, struct pryv_json_mark mark);

PRYV_EXPORT void pryv_json_object(struct pryv_json *js);
PRYV_EXPORT void pryv_json_object_end(struct pryv_json *js);
PRYV_EXPORT void pryv_json_array(struct pryv_json *js);
PRYV_EXPORT void pryv_json_array_end(struct pryv_json *js);
PRYV_EXPORT void pryv_json_key_str(struct pryv_json *js, struct pryv_str key);
PRYV_EXPORT void pryv_json_str(struct pryv_json *js, struct pryv_str text);
PRYV_EXPORT void pryv_json_number(struct pryv_json *js, double number);
PRYV_EXPORT void pryv_json_bool(struct pryv_json *js, bool value);
PRYV_EXPORT void pryv_json_null(struct pryv_json *js);
PRYV_EXPORT void pryv_json_raw(struct pryv_json *js, struct pryv_str json); /* trusted, compact JSON */
PRYV_EXPORT void pryv_json_value(struct pryv_json *js, const json_t *value);

/* Written out here, so that the length of a key is known where it is compiled. */
static inline void pryv_json_key(struct pryv_json *js, const char *key)
{
    pryv_json_key_str(js, pryv_str(key));
}

/* A member in one call. The `_if` forms leave out what is absent. */
static inline void pryv_json_put_str(struct pryv_json *js, const char *key, struct pryv_str text)
{
    pryv_json_key(js, key);
    pryv_json_str(js, text);
}

static inline void pryv_json_put_str_if(struct pryv_json *js, const char *key, struct pryv_str text)
{
    if (text.data)
        pryv_json_put_str(js, key, text);
}

static inline void pryv_json_put_number(struct pryv_json *js, const char *key, double number)
{
    pryv_json_key(js, key);
    pryv_json_number(js, number);
}

static inline void pryv_json_put_number_if(struct pryv_json *js, const char *key, double number)
{
    if (pryv_present(number))
        pryv_json_put_number(js, key, number);
}

static inline void pryv_json_put_raw(struct pryv_json *js, const char *key, struct pryv_str json)
{
    pryv_json_key(js, key);
    pryv_json_raw(js, json);
}

static inline void pryv_json_put_raw_if(struct pryv_json *js, const char *key, struct pryv_str json)
{
    if (json.data)
        pryv_json_put_raw(js, key, json);
}

PRYV_EXPORT void pryv_json_put_text(struct pryv_json *js, const char *key, const char *text);
PRYV_EXPORT void pryv_json_put_bool(struct pryv_json *js, const char *key, bool value);
PRYV_EXPORT void pryv_json_put_value(struct pryv_json *js, const char *key, const json_t *value);

/* ---- Texts --------------------------------------------------------------------------------- */

#define PRYV_NUMBER_SIZE 32
/* The digits of one number, NUL-ended. Returns the length. */
PRYV_EXPORT size_t pryv_number_format(char out[PRYV_NUMBER_SIZE], double number);
/* What a text is as a number, as Number() of ECMAScript reads it: blanks around it, 0x.., 0o.., 0b.., Infinity; nothing is 0. False: it is none. Behind
 * `text` comes a NUL or another byte that ends a number, as behind texts of jansson and of a request's query. */
PRYV_EXPORT bool pryv_number_read(struct pryv_str text, double *out);

/* Compact text of a value, in the arena. */
PRYV_EXPORT struct pryv_str pryv_json_dump(struct pryv_arena *arena, const json_t *value);

/* The stable text that integrity hashes are made of: keys sorted by UTF-16 code units, members whose
 * value is null left out at every depth, and as \uXXXX also what is invisible: U+007F to U+009F, U+00AD, U+0600 to U+0604, U+070F, U+17B4,
 * U+17B5, U+200C to U+200F, U+2028 to U+202F, U+2060 to U+206F, U+FEFF, U+FFF0 to U+FFFF. */
PRYV_EXPORT struct pryv_str pryv_json_stable(struct pryv_arena *arena, const json_t *value);

#endif
