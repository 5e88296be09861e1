/* json_text.c - see json_text.h. */
#include "json_text.h"
#include <stdlib.h>

enum { EXACT_DIGITS = 15, EXACT_POWER = 22, NUMBER_BUFFER = 128 };

static void *fail(struct json_text *t, const char *why)
{
    if (!t->fault)
        t->fault = why;
    t->at = t->end;
    return NULL;
}

static void skip_blanks(struct json_text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\t' || *t->at == '\r'))
        t->at++;
}

void json_text_open(struct json_text *t, struct pryv_arena *mem, struct pryv_str text, size_t max_depth)
{
    *t = (struct json_text){ .mem = mem, .at = text.data, .end = text.data + text.len, .max_depth = max_depth };
    if (pryv_str_starts(text, "\xEF\xBB\xBF"))
        t->at += 3;
    skip_blanks(t);
}

bool json_text_is_over(struct json_text *t)
{
    if (!t->fault && t->at != t->end)
        fail(t, "something follows the value");
    return !t->fault;
}

char json_text_peek(const struct json_text *t)
{
    return !t->fault && t->at < t->end ? *t->at : '\0';
}

static bool take(struct json_text *t, char c)
{
    if (json_text_peek(t) != c || t->at == t->end)
        return false;
    t->at++;
    skip_blanks(t);
    return true;
}

/* ---- Texts -------------------------------------------------------------------------------------- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_unit(const char **at, const char *end, unsigned *unit)
{
    *unit = 0;
    if (end - *at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex((*at)[i]);

        if (digit < 0)
            return false;
        *unit = *unit << 4 | (unsigned) digit;
    }
    *at += 4;
    return true;
}

static char *put_code_point(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char) code;
    } else if (code < 0x800) {
        *out++ = (char) (0xc0 | code >> 6);
        *out++ = (char) (0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char) (0xe0 | code >> 12);
        *out++ = (char) (0x80 | (code >> 6 & 0x3f));
        *out++ = (char) (0x80 | (code & 0x3f));
    } else {
        *out++ = (char) (0xf0 | code >> 18);
        *out++ = (char) (0x80 | (code >> 12 & 0x3f));
        *out++ = (char) (0x80 | (code >> 6 & 0x3f));
        *out++ = (char) (0x80 | (code & 0x3f));
    }
    return out;
}

/* `*at` is behind the backslash. */
static char *put_escaped(const char **at, const char *end, char *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;
    unsigned unit, low;

    if (*at == end)
        return NULL;
    if (**at != 'u') {
        name = **at ? strchr(names, **at) : NULL;
        (*at)++;
        if (name)
            *out++ = values[name - names];
        return name ? out : NULL;
    }
    (*at)++;
    if (!read_unit(at, end, &unit) || (unit >= 0xdc00 && unit < 0xe000))
        return NULL;
    if (unit < 0xd800 || unit >= 0xe000)
        return put_code_point(out, unit);
    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return NULL;
    *at += 2;
    if (!read_unit(at, end, &low) || low < 0xdc00 || low >= 0xe000)
        return NULL;
    return put_code_point(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
}

static struct pryv_str unescape(struct json_text *t, const char *from, const char *to)
{
    char *text = pryv_alloc(t->mem, (size_t) (to - from) + 1), *out = text;

    while (from < to) {
        if (*from != '\\') {
            *out++ = *from++;
            continue;
        }
        from++;
        out = put_escaped(&from, to, out);
        if (!out) {
            fail(t, "a text has an escape that is none");
            return PRYV_STR("");
        }
    }
    return pryv_str_n(text, (size_t) (out - text));
}

size_t json_text_utf8(const unsigned char *at, size_t left)
{
    unsigned char first = at[0], least = 0x80, most = 0xbf;
    size_t len = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

    if (len == 0 || left < len)
        return 0;
    if (first == 0xe0)
        least = 0xa0;
    else if (first == 0xed)
        most = 0x9f;
    else if (first == 0xf0)
        least = 0x90;
    else if (first == 0xf4)
        most = 0x8f;
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

/* `at` is behind the opening quote. */
static struct pryv_str read_text(struct json_text *t)
{
    const char *from = t->at, *at = t->at;
    bool escaped = false;

    for (;;) {
        if (at == t->end) {
            fail(t, "a text does not end");
            return PRYV_STR("");
        }

        unsigned char c = (unsigned char) *at;
        size_t len = c < 0x80 ? 1 : json_text_utf8((const unsigned char *) at, (size_t) (t->end - at));

        if (c == '"')
            break;
        if (c < 0x20 || len == 0) {
            fail(t, len ? "a text has a control character" : "a text is not UTF-8");
            return PRYV_STR("");
        }
        if (c == '\\') {
            escaped = true;
            len = t->end - at > 1 && (unsigned char) at[1] < 0x80 ? 2 : 1;
        }
        at += len;
    }
    t->at = at + 1;

    struct pryv_str text = escaped ? unescape(t, from, at) : pryv_str_n(from, (size_t) (at - from));

    if (text.len > UINT32_MAX)
        fail(t, "a text is too long");
    skip_blanks(t);
    return text;
}

struct pryv_str json_text_key(struct json_text *t)
{
    struct pryv_str key;

    if (json_text_peek(t) != '"') {
        fail(t, "a member has no name");
        return PRYV_STR("");
    }
    t->at++;
    key = read_text(t);
    if (key.len && memchr(key.data, '\0', key.len))
        fail(t, "a member's name has a NUL");
    if (!take(t, ':'))
        fail(t, "a member has no value");
    return key;
}

/* ---- Numbers ------------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Beyond the range of doubles: null, as JSON.stringify makes of it. */
static void read_slow_number(struct json_text *t, const char *from, struct cell *out)
{
    char small[NUMBER_BUFFER];
    size_t len = (size_t) (t->at - from);
    char *copy = len < sizeof(small) ? small : pryv_alloc(t->mem, len + 1);
    double number;

    memcpy(copy, from, len);
    copy[len] = '\0';
    number = strtod(copy, NULL);
    *out = (struct cell){ .kind = CELL_NULL };
    if (!isinf(number))
        *out = (struct cell){ .kind = CELL_NUMBER, .number = number };
}

/* W. Clinger, "How to Read Floating Point Numbers Accurately", 1990: few digits and a small power of ten are exact doubles, and so their quotient or
 * product is rounded once. */
static void read_number(struct json_text *t, struct cell *out)
{
    static const double powers[EXACT_POWER + 1] = { 1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    const char *from = t->at, *at = t->at, *end = t->end;
    bool negative = at < end && *at == '-', exponent = false;
    uint64_t digits = 0;
    size_t count = 0, fraction = 0;

    at += negative;
    if (at == end || !is_digit(*at)) {
        fail(t, "a value is none");
        return;
    }
    if (*at == '0' && at + 1 < end && is_digit(at[1])) {
        fail(t, "a number begins with 0");
        return;
    }
    for (; at < end && is_digit(*at); at++, count++)
        digits = digits * 10 + (uint64_t) (*at - '0');
    if (at < end && *at == '.') {
        const char *point = at++;

        for (; at < end && is_digit(*at); at++, count++)
            digits = digits * 10 + (uint64_t) (*at - '0');
        fraction = (size_t) (at - point) - 1;
        if (fraction == 0) {
            fail(t, "a number has no digit after its point");
            return;
        }
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        exponent = true;
        at++;
        at += at < end && (*at == '+' || *at == '-');
        if (at == end || !is_digit(*at)) {
            fail(t, "a number has no digit in its exponent");
            return;
        }
        while (at < end && is_digit(*at))
            at++;
    }
    t->at = at;
    if (exponent || count > EXACT_DIGITS || fraction > EXACT_POWER)
        read_slow_number(t, from, out);
    else
        *out = (struct cell){ .kind = CELL_NUMBER, .number = (negative ? -(double) digits : (double) digits) / powers[fraction] };
    skip_blanks(t);
}

/* ---- Values ------------------------------------------------------------------------------------- */

static void read_word(struct json_text *t, const char *word, enum cell_kind kind, struct cell *out)
{
    size_t len = strlen(word);

    if ((size_t) (t->end - t->at) < len || memcmp(t->at, word, len) != 0) {
        fail(t, "a value is none");
        return;
    }
    t->at += len;
    *out = (struct cell){ .kind = kind };
    skip_blanks(t);
}

bool json_text_enter(struct json_text *t, char bracket, bool *first)
{
    *first = true;
    if (!take(t, bracket))
        return false;
    if (++t->depth > t->max_depth)
        fail(t, "it is nested too deep");
    return !t->fault;
}

bool json_text_next(struct json_text *t, char bracket, bool *first)
{
    if (t->fault)
        return false;
    if (take(t, bracket == '{' ? '}' : ']')) {
        t->depth--;
        return false;
    }
    if (!*first && !take(t, ','))
        fail(t, "a comma is missing");
    *first = false;
    return !t->fault;
}

static void skip_nested(struct json_text *t, char bracket)
{
    struct cell ignored;
    bool first;

    if (!json_text_enter(t, bracket, &first))
        return;
    while (json_text_next(t, bracket, &first)) {
        if (bracket == '{')
            (void) json_text_key(t);
        json_text_value(t, &ignored);
    }
}

void json_text_value(struct json_text *t, struct cell *out)
{
    char first = json_text_peek(t);

    *out = (struct cell){ .kind = CELL_OTHER };
    switch (first) {
    case '{':
    case '[': skip_nested(t, first); break;
    case '"': {
        t->at++;

        struct pryv_str text = read_text(t);

        *out = (struct cell){ .kind = CELL_TEXT, .len = (uint32_t) text.len, .text = text.data };
        break;
    }
    case 't': read_word(t, "true", CELL_TRUE, out); break;
    case 'f': read_word(t, "false", CELL_FALSE, out); break;
    case 'n': read_word(t, "null", CELL_NULL, out); break;
    default: read_number(t, out);
    }
}
