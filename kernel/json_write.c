/* json_write.c - the writer: a buffer, the comma that is due, and a sink that takes full buffers.
 *
 * Every function first makes sure that all it may write fits, then writes without looking. When the sink fails, the
 * buffer's capacity becomes 0, so that later writes end in make_room, which knows. */
#include "json_writer.h"
#include <stdlib.h>

enum {
    FIRST_SIZE = 512,
    USUAL_SIZE = 12 * 1024, /* of an answer, at most */
    SMALLEST_BUFFER = 64,
    LONGEST_ESCAPE = 6,
    WORD = 8,
    PIECE = 1024, /* of a long text, escaped at once */
};

struct pryv_json {
    struct pryv_arena *arena;
    char *buffer; /* the arena's, until it has grown */
    bool has_grown;
    size_t len;
    size_t capacity, most; /* that it may grow to */
    bool comma;            /* one is due before the next key or value */
    int depth;
    enum pryv_rc rc;
    uint64_t flushed;
    pryv_json_sink sink;
    void *context;
};

/* ---- Life and buffer ------------------------------------------------------------------------ */

static void release(void *object)
{
    struct pryv_json *js = object;

    free(js->buffer);
}

static void resize(struct pryv_json *js, size_t capacity)
{
    char *buffer = realloc(js->has_grown ? js->buffer : NULL, capacity);

    if (!buffer)
        abort(); /* as the arena does: a process without memory is restarted */
    if (!js->has_grown) {
        memcpy(buffer, js->buffer, js->len);
        js->has_grown = true;
        pryv_defer(js->arena, release, js);
    }
    js->buffer = buffer;
    js->capacity = capacity;
}

static struct pryv_json *writer_new(struct pryv_arena *arena, size_t size, size_t most)
{
    struct pryv_json *js = pryv_new(arena, struct pryv_json);

    js->arena = arena;
    js->buffer = pryv_alloc(arena, size);
    js->capacity = size;
    js->most = most;
    return js;
}

struct pryv_json *pryv_json_new(struct pryv_arena *arena)
{
    return writer_new(arena, FIRST_SIZE, SIZE_MAX);
}

struct pryv_json *pryv_json_new_sink(struct pryv_arena *arena, size_t buffer_size, pryv_json_sink sink, void *context)
{
    size_t most = buffer_size < SMALLEST_BUFFER ? SMALLEST_BUFFER : buffer_size;
    struct pryv_json *js = writer_new(arena, most < USUAL_SIZE ? most : USUAL_SIZE, sink ? most : SIZE_MAX);

    js->sink = sink;
    js->context = context;
    return js;
}

struct pryv_str pryv_json_text(const struct pryv_json *js)
{
    return pryv_str_n(js->buffer, js->len);
}

static enum pryv_rc fail(struct pryv_json *js, enum pryv_rc rc)
{
    js->rc = rc;
    js->len = 0;
    js->capacity = 0;
    return rc;
}

static enum pryv_rc hand_over(struct pryv_json *js, const char *data, size_t len)
{
    enum pryv_rc rc = len ? js->sink(js->context, data, len) : PRYV_OK;

    if (rc != PRYV_OK)
        return fail(js, rc);
    js->flushed += len;
    return PRYV_OK;
}

enum pryv_rc pryv_json_flush(struct pryv_json *js)
{
    if (js->rc != PRYV_OK || !js->sink)
        return js->rc;

    enum pryv_rc rc = hand_over(js, js->buffer, js->len);

    js->len = 0;
    return rc;
}

enum pryv_rc pryv_json_failed(const struct pryv_json *js)
{
    return js->rc;
}

uint64_t pryv_json_written(const struct pryv_json *js)
{
    return js->flushed + js->len;
}

struct pryv_json_mark pryv_json_mark(const struct pryv_json *js)
{
    return (struct pryv_json_mark){ .offset = pryv_json_written(js), .depth = js->depth, .comma = js->comma };
}

bool pryv_json_rewind(struct pryv_json *js, struct pryv_json_mark mark)
{
    if (mark.offset < js->flushed || js->rc != PRYV_OK)
        return false;
    js->len = (size_t) (mark.offset - js->flushed);
    js->depth = mark.depth;
    js->comma = mark.comma;
    return true;
}

/* Never asked for more than `most`. */
static bool make_room(struct pryv_json *js, size_t size)
{
    if (js->rc != PRYV_OK)
        return false;
    if (js->capacity < js->most)
        resize(js, js->sink ? js->most : (js->len + size) * 2);
    return js->capacity - js->len >= size || pryv_json_flush(js) == PRYV_OK;
}

static inline bool has_room(struct pryv_json *js, size_t size)
{
    return __builtin_expect(js->capacity - js->len >= size, 1) || make_room(js, size);
}

void json_append(struct pryv_json *js, const char *data, size_t len)
{
    if (js->capacity - js->len < len) {
        if (js->sink && len >= js->most) { /* would not fit even when empty */
            if (pryv_json_flush(js) == PRYV_OK)
                hand_over(js, data, len);
            return;
        }
        if (!make_room(js, len))
            return;
    }
    if (len > 0)
        memcpy(js->buffer + js->len, data, len);
    js->len += len;
}

/* ---- Structure ------------------------------------------------------------------------------ */

/* The comma that is due. Room for it is there. */
static inline void put_comma(struct pryv_json *js)
{
    js->buffer[js->len] = ',';
    js->len += js->comma;
}

void json_value_begins(struct pryv_json *js)
{
    if (has_room(js, 1))
        put_comma(js);
}

void json_value_ends(struct pryv_json *js)
{
    js->comma = true;
}

void json_key_ends(struct pryv_json *js)
{
    json_append(js, ":", 1);
    js->comma = false;
}

static void open_bracket(struct pryv_json *js, char bracket)
{
    if (!has_room(js, 2))
        return;
    put_comma(js);
    js->buffer[js->len++] = bracket;
    js->comma = false;
    js->depth++;
}

static void close_bracket(struct pryv_json *js, char bracket)
{
    if (!has_room(js, 1))
        return;
    js->buffer[js->len++] = bracket;
    js->comma = true;
    js->depth--;
}

void pryv_json_object(struct pryv_json *js)
{
    open_bracket(js, '{');
}

void pryv_json_object_end(struct pryv_json *js)
{
    close_bracket(js, '}');
}

void pryv_json_array(struct pryv_json *js)
{
    open_bracket(js, '[');
}

void pryv_json_array_end(struct pryv_json *js)
{
    close_bracket(js, ']');
}

/* ---- Texts ---------------------------------------------------------------------------------- */

#define EACH_BYTE(byte) (0x0101010101010101u * (uint64_t) (byte))

/* The high bit of the first byte that is to be escaped is set; bits after it may be wrong. A subtraction reaches the high bit of a byte
 * that was less than what is taken away, and of those above 7f, which are left out. */
static inline uint64_t first_to_escape(uint64_t word)
{
    uint64_t control = word - EACH_BYTE(0x20);
    uint64_t quote = (word ^ EACH_BYTE('"')) - EACH_BYTE(1);
    uint64_t backslash = (word ^ EACH_BYTE('\\')) - EACH_BYTE(1);

    return (control | quote | backslash) & ~word & EACH_BYTE(0x80);
}

static char *put_escape(char *out, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_forms[0x20] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
    char letter = byte < 0x20 ? short_forms[byte] : (char) byte;

    *out++ = '\\';
    if (letter) {
        *out++ = letter;
        return out;
    }
    memcpy(out, "u00", 3);
    out[3] = hex[byte >> 4];
    out[4] = hex[byte & 15];
    return out + 5;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* A word of the text; less than a word has zeros behind it. */
static inline uint64_t word_at(const char *in, size_t len)
{
    uint64_t word;
    uint32_t first, last;

    if (len >= WORD) {
        memcpy(&word, in, WORD);
        return word;
    }
    if (len >= WORD / 2) {
        memcpy(&first, in, WORD / 2);
        memcpy(&last, in + len - WORD / 2, WORD / 2);
        return first | (uint64_t) last << 8 * (len - WORD / 2);
    }
    word = (unsigned char) in[0];
    word |= (uint64_t) (unsigned char) in[len / 2] << 8 * (len / 2);
    return word | (uint64_t) (unsigned char) in[len - 1] << 8 * (len - 1);
}

/* Whole words are copied before they are looked at; what was too much is overwritten. So the output must have room for
 * LONGEST_ESCAPE times the input, and for a word. */
static char *put_escaped(char *out, const char *in, size_t len)
{
    while (len > 0) {
        uint64_t word = word_at(in, len), found = first_to_escape(word);
        size_t plain = found ? (size_t) __builtin_ctzll(found) / 8 : WORD;

        memcpy(out, &word, WORD);
        if (plain >= len)
            return out + len;
        in += plain;
        out += plain;
        len -= plain;
        if (found) {
            out = put_escape(out, (unsigned char) *in++);
            len--;
        }
    }
    return out;
}
#else
static inline bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

static char *put_escaped(char *out, const char *in, size_t len)
{
    for (const char *end = in + len; in < end; in++) {
        if (is_plain((unsigned char) *in))
            *out++ = *in;
        else
            out = put_escape(out, (unsigned char) *in);
    }
    return out;
}
#endif

static void append_escaped(struct pryv_json *js, struct pryv_str text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t piece = text.len - at < PIECE ? text.len - at : PIECE;

        if (piece > (js->most - WORD) / LONGEST_ESCAPE)
            piece = (js->most - WORD) / LONGEST_ESCAPE;
        if (!has_room(js, piece * LONGEST_ESCAPE + WORD))
            return;
        js->len = (size_t) (put_escaped(js->buffer + js->len, text.data + at, piece) - js->buffer);
        at += piece;
    }
}

/* `,"text"` and what follows it: nothing, or the colon after a key. */
static inline void put_quoted(struct pryv_json *js, struct pryv_str text, struct pryv_str end)
{
    size_t most = text.len * LONGEST_ESCAPE + 4; /* the comma, the quotes and the colon; or the rest of a word */

    if (__builtin_expect(text.len <= PIECE && js->capacity - js->len >= most, 1)) {
        char *out = js->buffer + js->len;

        *out = ',';
        out += js->comma;
        *out++ = '"';
        out = put_escaped(out, text.data, text.len);
        memcpy(out, end.data, end.len);
        js->len = (size_t) (out - js->buffer) + end.len;
        return;
    }
    json_value_begins(js);
    json_append(js, "\"", 1);
    append_escaped(js, text);
    json_append(js, end.data, end.len);
}

void pryv_json_key_str(struct pryv_json *js, struct pryv_str key)
{
    put_quoted(js, key, PRYV_STR("\":"));
    js->comma = false;
}

void pryv_json_str(struct pryv_json *js, struct pryv_str text)
{
    if (!text.data) {
        pryv_json_null(js);
        return;
    }
    put_quoted(js, text, PRYV_STR("\""));
    js->comma = true;
}

/* ---- Other values --------------------------------------------------------------------------- */

static inline void put_word(struct pryv_json *js, struct pryv_str word)
{
    if (!has_room(js, word.len + 1))
        return;
    put_comma(js);
    memcpy(js->buffer + js->len, word.data, word.len);
    js->len += word.len;
    js->comma = true;
}

void pryv_json_number(struct pryv_json *js, double number)
{
    if (!has_room(js, PRYV_NUMBER_SIZE + 1))
        return;
    put_comma(js);
    js->len += pryv_number_format(js->buffer + js->len, number);
    js->comma = true;
}

void pryv_json_bool(struct pryv_json *js, bool value)
{
    put_word(js, value ? PRYV_STR("true") : PRYV_STR("false"));
}

void pryv_json_null(struct pryv_json *js)
{
    put_word(js, PRYV_STR("null"));
}

void pryv_json_raw(struct pryv_json *js, struct pryv_str json)
{
    if (!json.data) {
        pryv_json_null(js);
        return;
    }
    if (js->capacity - js->len > json.len) {
        put_comma(js);
        memcpy(js->buffer + js->len, json.data, json.len);
        js->len += json.len;
    } else {
        json_value_begins(js);
        json_append(js, json.data, json.len);
    }
    js->comma = true;
}

static void write_object(struct pryv_json *js, const json_t *value)
{
    json_t *object = (json_t *) value; /* jansson iterates over what is not const; nothing is changed */

    pryv_json_object(js);
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        pryv_json_key_str(js, pryv_str_n(json_object_iter_key(at), json_object_iter_key_len(at)));
        pryv_json_value(js, json_object_iter_value(at));
    }
    pryv_json_object_end(js);
}

static void write_array(struct pryv_json *js, const json_t *array)
{
    pryv_json_array(js);
    for (size_t i = 0; i < json_array_size(array); i++)
        pryv_json_value(js, json_array_get(array, i));
    pryv_json_array_end(js);
}

/* As deep as the value, which has come through pryv_json_parse and its limit, or was made by our own code. */
void pryv_json_value(struct pryv_json *js, const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT: write_object(js, value); return;
    case JSON_ARRAY: write_array(js, value); return;
    case JSON_STRING: pryv_json_str(js, pryv_json_text_of(value)); return;
    case JSON_INTEGER:
    case JSON_REAL: pryv_json_number(js, json_number_value(value)); return;
    case JSON_TRUE:
    case JSON_FALSE: pryv_json_bool(js, json_is_true(value)); return;
    case JSON_NULL: pryv_json_null(js); return;
    }
}

/* ---- Members -------------------------------------------------------------------------------- */

void pryv_json_put_text(struct pryv_json *js, const char *key, const char *text)
{
    pryv_json_put_str(js, key, pryv_str(text));
}

void pryv_json_put_bool(struct pryv_json *js, const char *key, bool value)
{
    pryv_json_key(js, key);
    pryv_json_bool(js, value);
}

void pryv_json_put_value(struct pryv_json *js, const char *key, const json_t *value)
{
    pryv_json_key(js, key);
    pryv_json_value(js, value);
}

struct pryv_str pryv_json_dump(struct pryv_arena *arena, const json_t *value)
{
    struct pryv_json *js = pryv_json_new(arena);

    pryv_json_value(js, value);
    return pryv_json_text(js);
}
