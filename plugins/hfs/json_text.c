/* json_text.c - see json_text.h. */
#include "json_text.h"
#include "json_string.h"
#include "number.h"
#include <math.h>
#include <stdlib.h>

enum expected { A_MARK_OR_TEXT, A_TEXT, A_VALUE, A_VALUE_OR_END, A_NAME, A_NAME_OR_END, A_COLON, A_COMMA_OR_END, NOTHING };

struct buffer {
    char *data;
    size_t len, size;
};

struct json_text {
    const char *at, *end; /* what is being taken: of a piece, or what was cut with its rest */
    bool whole;           /* nothing goes on behind `end` */
    struct pryv_str rest; /* of the piece, while `at` is in what was cut */
    struct buffer cut;    /* the beginning of a number, a text or a word at the end of a piece */
    bool escapes;         /* it is a text that ends with half an escape */
    enum expected expected;
    size_t mark; /* bytes of a byte order mark that have been seen */
    size_t depth, max_depth;
    char *brackets; /* that are open */
    struct buffer unescaped;
    const char *fault;
};

static const char byte_order_mark[] = "\xEF\xBB\xBF";

static void release(void *t_)
{
    struct json_text *t = t_;

    free(t->cut.data);
    free(t->unescaped.data);
}

struct json_text *json_text_new(struct pryv_arena *mem, size_t max_depth)
{
    struct json_text *t = pryv_new(mem, struct json_text);

    t->max_depth = max_depth;
    t->brackets = pryv_alloc(mem, max_depth + 1);
    pryv_defer(mem, release, t);
    return t;
}

const char *json_text_fault(const struct json_text *t)
{
    return t->fault;
}

static enum json_event fail(struct json_text *t, const char *why)
{
    if (!t->fault)
        t->fault = why;
    return JSON_FAULT;
}

static void make_room(struct buffer *buffer, size_t more)
{
    if (buffer->size - buffer->len >= more)
        return;
    buffer->size = 2 * (buffer->len + more);
    buffer->data = realloc(buffer->data, buffer->size);
    if (!buffer->data)
        abort();
}

static void append(struct buffer *buffer, const char *bytes, size_t len)
{
    make_room(buffer, len);
    memcpy(buffer->data + buffer->len, bytes, len);
    buffer->len += len;
}

/* ---- What is cut ----------------------------------------------------------------------------------- */

static bool is_in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static size_t word_length(char first)
{
    return first == 't' || first == 'n' ? 4 : first == 'f' ? 5 : 0;
}

/* How much of `bytes`, which go on behind the beginning of a text, belongs to it; `*over`: it ends there. */
static size_t rest_of_text(struct json_text *t, struct pryv_str bytes, bool *over)
{
    size_t i = 0;

    for (*over = false; i < bytes.len && !*over; i++) {
        *over = !t->escapes && bytes.data[i] == '"';
        t->escapes = !t->escapes && bytes.data[i] == '\\';
    }
    return i;
}

/* The same for whatever was cut. */
static size_t rest_of_cut(struct json_text *t, struct pryv_str bytes, bool *over)
{
    size_t i = 0, word = word_length(t->cut.data[0]);

    if (t->cut.data[0] == '"')
        return rest_of_text(t, bytes, over);
    if (word) {
        *over = word - t->cut.len <= bytes.len;
        return *over ? word - t->cut.len : bytes.len;
    }
    while (i < bytes.len && is_in_number(bytes.data[i]))
        i++;
    *over = i < bytes.len;
    return i;
}

static enum json_event cut(struct json_text *t)
{
    bool over;

    t->cut.len = 0;
    append(&t->cut, t->at, (size_t) (t->end - t->at));
    t->escapes = false;
    if (*t->at == '"')
        (void) rest_of_text(t, pryv_str_n(t->at + 1, (size_t) (t->end - t->at) - 1), &over);
    t->at = t->end;
    return JSON_MORE;
}

static void take_from(struct json_text *t, struct pryv_str text, bool whole)
{
    t->at = text.data;
    t->end = text.data + text.len;
    t->whole = whole;
}

void json_text_give(struct json_text *t, struct pryv_str piece)
{
    bool over;

    t->rest = PRYV_STR("");
    if (t->cut.len == 0) {
        take_from(t, piece, false);
        return;
    }

    size_t taken = rest_of_cut(t, piece, &over);

    append(&t->cut, piece.data, taken);
    take_from(t, over ? pryv_str_n(t->cut.data, t->cut.len) : PRYV_STR(""), over);
    t->rest = pryv_str_n(piece.data + taken, piece.len - taken);
}

void json_text_end(struct json_text *t)
{
    take_from(t, t->cut.len ? pryv_str_n(t->cut.data, t->cut.len) : PRYV_STR(""), true);
    t->rest = PRYV_STR_NONE;
}

/* What comes after what was cut. False: there is nothing. */
static bool go_on(struct json_text *t)
{
    if (t->whole)
        t->cut.len = 0;
    if (t->rest.len == 0)
        return false;
    take_from(t, t->rest, false);
    t->rest = PRYV_STR("");
    return true;
}

/* ---- Texts -------------------------------------------------------------------------------------- */

/* False: an escape is none. */
static bool unescape(struct buffer *buffer, const char *from, const char *to)
{
    char *end;

    buffer->len = 0;
    make_room(buffer, (size_t) (to - from));
    end = json_string_unescape(from, to, buffer->data);
    buffer->len = end ? (size_t) (end - buffer->data) : 0;
    return end != NULL;
}

/* How far the character at `at` goes, an escape's first two together; 0: it is cut, or none (then `*fault` says why). */
static size_t character(const struct json_text *t, const char *at, bool *escaped, const char **fault)
{
    unsigned char c = (unsigned char) *at;
    size_t left = (size_t) (t->end - at), len;

    if (c == '\\') {
        *escaped = true;
        if (left == 1)
            return t->whole ? 1 : 0;
        return (unsigned char) at[1] < 0x80 ? 2 : 1;
    }
    if (c >= 0x20 && c < 0x80)
        return 1;
    if (!t->whole && json_string_utf8_length(c) > left)
        return 0;
    len = c < 0x20 ? 0 : json_string_utf8((const unsigned char *) at, left);
    if (len == 0)
        *fault = c < 0x20 ? "a text has a control character" : "a text is not UTF-8";
    return len;
}

static enum json_event take_text(struct json_text *t, struct cell *out, enum json_event event)
{
    const char *from = t->at + 1, *at = from, *fault = NULL;
    bool escaped = false;

    while (at < t->end && *at != '"') {
        size_t len = character(t, at, &escaped, &fault);

        if (fault)
            return fail(t, fault);
        if (len == 0)
            return cut(t);
        at += len;
    }
    if (at == t->end)
        return t->whole ? fail(t, "a text does not end") : cut(t);
    if (escaped && !unescape(&t->unescaped, from, at))
        return fail(t, "a text has an escape that is none");
    t->at = at + 1;

    struct pryv_str text = escaped ? pryv_str_n(t->unescaped.data, t->unescaped.len) : pryv_str_n(from, (size_t) (at - from));

    if (text.len > UINT32_MAX)
        return fail(t, "a text is too long");
    *out = (struct cell){ .kind = CELL_TEXT, .len = (uint32_t) text.len, .text = text.data };
    return event;
}

/* ---- Values ------------------------------------------------------------------------------------- */

/* Beyond the range of doubles: null, as JSON.stringify makes of it. */
static enum json_event take_number(struct json_text *t, struct cell *out)
{
    const char *at = t->at;
    const char *fault = number_read(&at, t->end, &out->number);

    if (at == t->end && !t->whole)
        return cut(t);
    if (fault)
        return fail(t, fault);
    t->at = at;
    t->expected = A_COMMA_OR_END;
    out->kind = isinf(out->number) ? CELL_NULL : CELL_NUMBER;
    return JSON_VALUE;
}

static enum json_event take_word(struct json_text *t, const char *word, enum cell_kind kind, struct cell *out)
{
    size_t len = strlen(word), left = (size_t) (t->end - t->at);

    if (left < len && !t->whole)
        return cut(t);
    if (left < len || memcmp(t->at, word, len) != 0)
        return fail(t, "a value is none");
    t->at += len;
    t->expected = A_COMMA_OR_END;
    *out = (struct cell){ .kind = kind };
    return JSON_VALUE;
}

static enum json_event open_bracket(struct json_text *t, char bracket)
{
    t->at++;
    if (t->depth == t->max_depth)
        return fail(t, "it is nested too deep");
    t->brackets[t->depth++] = bracket;
    t->expected = bracket == '{' ? A_NAME_OR_END : A_VALUE_OR_END;
    return bracket == '{' ? JSON_MAP : JSON_LIST;
}

static enum json_event close_bracket(struct json_text *t)
{
    t->at++;
    t->depth--;
    t->expected = t->depth ? A_COMMA_OR_END : NOTHING;
    return JSON_CLOSE;
}

static enum json_event take_value(struct json_text *t, struct cell *out)
{
    enum json_event event;

    switch (*t->at) {
    case '{':
    case '[': return open_bracket(t, *t->at);
    case '"':
        event = take_text(t, out, JSON_VALUE);
        if (event == JSON_VALUE)
            t->expected = A_COMMA_OR_END;
        return event;
    case 't': return take_word(t, "true", CELL_TRUE, out);
    case 'f': return take_word(t, "false", CELL_FALSE, out);
    case 'n': return take_word(t, "null", CELL_NULL, out);
    default: return take_number(t, out);
    }
}

static enum json_event take_name(struct json_text *t, struct cell *out)
{
    enum json_event event;

    if (*t->at != '"')
        return fail(t, "a member has no name");
    event = take_text(t, out, JSON_NAME);
    if (event != JSON_NAME)
        return event;
    if (out->len && memchr(out->text, '\0', out->len))
        return fail(t, "a member's name has a NUL");
    t->expected = A_COLON;
    return event;
}

/* ---- The whole ---------------------------------------------------------------------------------- */

static void skip_blanks(struct json_text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\t' || *t->at == '\r'))
        t->at++;
}

/* A byte order mark may come before all else. False: it is begun, and none. */
static bool skip_mark(struct json_text *t)
{
    size_t whole = sizeof(byte_order_mark) - 1;

    while (t->mark < whole && t->at < t->end && *t->at == byte_order_mark[t->mark]) {
        t->mark++;
        t->at++;
    }
    if (t->mark == whole || t->at < t->end)
        t->expected = A_TEXT;
    return t->expected == A_MARK_OR_TEXT || t->mark == 0 || t->mark == whole;
}

static const char *what_is_missing(enum expected expected)
{
    switch (expected) {
    case A_MARK_OR_TEXT:
    case A_TEXT: return "neither an object nor a list";
    case A_VALUE:
    case A_VALUE_OR_END: return "a value is none";
    case A_NAME:
    case A_NAME_OR_END: return "a member has no name";
    case A_COLON: return "a member has no value";
    case A_COMMA_OR_END: return "a comma is missing";
    case NOTHING: break;
    }
    return NULL;
}

static enum json_event at_end(struct json_text *t)
{
    bool is_over = t->whole && !t->rest.data;

    if (go_on(t))
        return JSON_VALUE;
    return is_over && t->expected != NOTHING ? fail(t, what_is_missing(t->expected)) : JSON_MORE;
}

enum json_event json_text_next(struct json_text *t, struct cell *out)
{
    if (t->fault)
        return JSON_FAULT;
    for (;;) {
        if (t->expected == A_MARK_OR_TEXT && !skip_mark(t))
            return fail(t, what_is_missing(A_TEXT));
        skip_blanks(t);
        if (t->at == t->end) {
            enum json_event event = at_end(t);

            if (event != JSON_VALUE)
                return event;
            continue;
        }

        char c = *t->at;

        switch (t->expected) {
        case A_MARK_OR_TEXT:
        case A_TEXT: return c == '{' || c == '[' ? open_bracket(t, c) : fail(t, what_is_missing(A_TEXT));
        case A_VALUE_OR_END:
            if (c == ']')
                return close_bracket(t);
            return take_value(t, out);
        case A_VALUE: return take_value(t, out);
        case A_NAME_OR_END:
            if (c == '}')
                return close_bracket(t);
            return take_name(t, out);
        case A_NAME: return take_name(t, out);
        case A_COLON:
            if (c != ':')
                return fail(t, what_is_missing(A_COLON));
            t->expected = A_VALUE;
            t->at++;
            break;
        case A_COMMA_OR_END: {
            bool in_map = t->brackets[t->depth - 1] == '{';

            if (c == (in_map ? '}' : ']'))
                return close_bracket(t);
            if (c != ',')
                return fail(t, what_is_missing(A_COMMA_OR_END));
            t->expected = in_map ? A_NAME : A_VALUE;
            t->at++;
            break;
        }
        case NOTHING: return fail(t, "something follows the value");
        }
    }
}
