/* http1.c - see http1.h. */
#include "http1.h"
#include <strings.h>

const char http1_no_host[] = "The Host header is missing.";

enum { CHUNK_LINE_MAX = 256, TRAILERS_MAX = 8 * 1024, CHUNK_DIGITS_MAX = 15, EMPTY_LINES_MAX = 2 };

/* RFC 9110, 5.6.2: what names of methods and fields are made of. */
static const bool token_characters[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1, ['^'] = 1,
    ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0'] = 1, ['1'] = 1,  ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,
    ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1,  ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1,
    ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,  ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1,
    ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1,  ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1,
    ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1,  ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1,
    ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1,  ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

static bool is_token(struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!token_characters[(unsigned char) text.data[i]])
            return false;
    return text.len > 0;
}

static bool is_value(struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static int refuse(const char **why, int status, const char *reason)
{
    *why = reason;
    return status;
}

/* ---- Finding the end --------------------------------------------------------------------------- */

static size_t leading_empty_lines(const char *data, size_t have)
{
    size_t skipped = 0;

    while (skipped / 2 < EMPTY_LINES_MAX && have - skipped >= 2 && data[skipped] == '\r' && data[skipped + 1] == '\n')
        skipped += 2;
    return skipped;
}

/* Too long: 414 while the request line has not ended, else 431. */
static int too_long(const char *data, size_t have, const struct http1_limits *limits, const char **why)
{
    if (!memchr(data, '\n', have < limits->max_target + 64 ? have : limits->max_target + 64))
        return refuse(why, 414, "The URL is too long");
    return refuse(why, 431, "The header is too long");
}

int http1_find_head(const char *data, size_t have, const struct http1_limits *limits, size_t *scanned, size_t *len,
                    const char **why)
{
    size_t start = leading_empty_lines(data, have);
    size_t at = *scanned > start ? *scanned : start;

    while (at < have) {
        const char *newline = memchr(data + at, '\n', have - at);

        if (!newline)
            break;

        size_t end = (size_t) (newline - data);

        if (end == start || data[end - 1] != '\r')
            return refuse(why, 400, "A line ends with a bare LF");
        if (end >= start + 3 && data[end - 2] == '\n') {
            *len = end + 1;
            return *len - start > limits->max_head ? too_long(data + start, *len - start, limits, why) : 1;
        }
        at = end + 1;
    }
    *scanned = at > start ? at : start;
    if (have - start > limits->max_head)
        return too_long(data + start, have - start, limits, why);
    return 0;
}

/* ---- The request line ---------------------------------------------------------------------------- */

/* Takes what precedes `stop` from the front; absent when it is not there. */
static struct pryv_str take_until(struct pryv_str *text, char stop)
{
    const char *found = text->len ? memchr(text->data, stop, text->len) : NULL;

    if (!found)
        return PRYV_STR_NONE;

    struct pryv_str part = pryv_str_n(text->data, (size_t) (found - text->data));

    text->data = found + 1;
    text->len -= part.len + 1;
    return part;
}

static bool is_target(struct pryv_str target)
{
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char) target.data[i];

        if (c <= 0x20 || c == 0x7f || c == '#')
            return false;
    }
    return target.len > 0;
}

/* "http://host/path" counts as "/path" (RFC 9112, 3.2.2); the Host field decides all the same. */
static struct pryv_str origin_form(struct pryv_arena *mem, struct pryv_str target)
{
    size_t scheme = 0;

    if (target.len > 7 && strncasecmp(target.data, "http://", 7) == 0)
        scheme = 7;
    else if (target.len > 8 && strncasecmp(target.data, "https://", 8) == 0)
        scheme = 8;
    if (!scheme)
        return target;
    for (size_t i = scheme; i < target.len; i++)
        if (target.data[i] == '/')
            return i == scheme ? PRYV_STR_NONE : pryv_str_n(target.data + i, target.len - i);
        else if (target.data[i] == '?')
            return i == scheme ? PRYV_STR_NONE : pryv_format(mem, "/%.*s", (int) (target.len - i), target.data + i);
    return target.len == scheme ? PRYV_STR_NONE : PRYV_STR("/");
}

static int parse_target(struct pryv_arena *mem, struct pryv_str target, const struct http1_limits *limits, struct http_head *head,
                        const char **why)
{
    if (target.len > limits->max_target)
        return refuse(why, 414, "The URL is too long");
    if (!is_target(target))
        return refuse(why, 400, "The request target has characters that no URL may have");
    head->target = origin_form(mem, target);
    if (pryv_str_equal(head->target, "*") && pryv_str_equal(head->verb, "OPTIONS"))
        head->target = PRYV_STR("/");
    if (!head->target.len || *head->target.data != '/')
        return refuse(why, 400, "The request target is no path");

    const char *question = memchr(head->target.data, '?', head->target.len);

    head->path = head->target;
    head->query = PRYV_STR_NONE;
    if (question) {
        head->path.len = (size_t) (question - head->target.data);
        head->query = pryv_str_n(question + 1, head->target.len - head->path.len - 1);
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int parse_request_line(struct pryv_arena *mem, struct pryv_str line, const struct http1_limits *limits,
                              struct http_head *head, const char **why)
{
    head->verb = take_until(&line, ' ');

    struct pryv_str target = take_until(&line, ' ');

    if (!head->verb.data || !target.data || !is_token(head->verb))
        return refuse(why, 400, "The request line is not VERB TARGET HTTP/1.1");
    if (line.len != 8 || memcmp(line.data, "HTTP/", 5) != 0 || !is_digit(line.data[5]) || line.data[6] != '.' ||
        !is_digit(line.data[7]))
        return refuse(why, 400, "The request line is not VERB TARGET HTTP/1.1");
    if (line.data[5] != '1' || (line.data[7] != '0' && line.data[7] != '1'))
        return refuse(why, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here");
    head->minor = line.data[7] - '0';
    return parse_target(mem, target, limits, head, why);
}

/* ---- Fields ---------------------------------------------------------------------------------------- */

static bool lists(struct pryv_str value, const char *word)
{
    size_t len = strlen(word);

    while (value.len) {
        struct pryv_str rest = value;
        struct pryv_str item = take_until(&rest, ',');

        if (!item.data) {
            item = value;
            rest.len = 0;
        }
        item = pryv_str_trim(item);
        if (item.len == len && strncasecmp(item.data, word, len) == 0)
            return true;
        value = rest;
    }
    return false;
}

static bool is(struct pryv_str value, const char *word)
{
    return value.len == strlen(word) && strncasecmp(value.data, word, value.len) == 0;
}

/* Name or address, and port; an empty one is allowed (RFC 9112, 3.2). What could end or split it elsewhere is not. */
static bool is_host(struct pryv_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char) value.data[i];

        if (c <= 0x20 || c >= 0x7f || strchr("/\\?#@,\"<>^`{|}", c))
            return false;
    }
    return true;
}

static int read_length(struct pryv_str value, struct http_head *head, const char **why)
{
    if (head->has_length || value.len == 0 || value.len > 18)
        return refuse(why, 400, head->has_length ? "Two Content-Length" : "Content-Length is no number");
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.data[i]))
            return refuse(why, 400, "Content-Length is no number");
        head->content_length = head->content_length * 10 + (uint64_t) (value.data[i] - '0');
    }
    head->has_length = true;
    return 0;
}

static int read_coding(struct pryv_str value, struct http_head *head, const char **why)
{
    if (head->chunked)
        return refuse(why, 400, "Two Transfer-Encoding");
    if (head->minor == 0)
        return refuse(why, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (!is(value, "chunked"))
        return refuse(why, 501, "Only the transfer coding chunked is understood");
    head->chunked = true;
    return 0;
}

/* What the fields seen so far have said. */
struct said {
    bool host, close, keep_alive;
};

/* What a field means for the message itself. Names are in lower case. */
static int read_meaning(const struct http_header *field, struct http_head *head, struct said *says, const char **why)
{
    struct pryv_str value = field->value;

    switch (field->name.len) {
    case 4:
        if (!is(field->name, "host"))
            return 0;
        if (says->host)
            return refuse(why, 400, "Two Host");
        says->host = true;
        return is_host(value) ? 0 : refuse(why, 400, "Host is no host name");
    case 6:
        if (is(field->name, "expect"))
            head->expects_continue = head->minor == 1 && is(value, "100-continue");
        return 0;
    case 10:
        if (!is(field->name, "connection"))
            return 0;
        says->close = says->close || lists(value, "close");
        says->keep_alive = says->keep_alive || lists(value, "keep-alive");
        return 0;
    case 14: return is(field->name, "content-length") ? read_length(value, head, why) : 0;
    case 17: return is(field->name, "transfer-encoding") ? read_coding(value, head, why) : 0;
    default: return 0;
    }
}

static int parse_field(struct pryv_arena *mem, struct pryv_str line, struct http_header *field, const char **why)
{
    if (*line.data == ' ' || *line.data == '\t')
        return refuse(why, 400, "A header line is folded");

    struct pryv_str name = take_until(&line, ':');

    if (!name.data || !is_token(name))
        return refuse(why, 400, "A header line has no name and colon");
    field->value = pryv_str_trim(line);
    if (!is_value(field->value))
        return refuse(why, 400, "A header has control characters");

    char *lower = pryv_cstr(mem, name);

    for (size_t i = 0; i < name.len; i++)
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] = (char) (lower[i] + ('a' - 'A'));
    field->name = pryv_str_n(lower, name.len);
    return 0;
}

static size_t count_lines(struct pryv_str text)
{
    size_t n = 0;

    for (const char *at = text.data; (at = memchr(at, '\n', (size_t) (text.data + text.len - at))); at++)
        n++;
    return n;
}

/* A line without its CR LF; false when a CR stands alone in it. */
static bool take_line(struct pryv_str *text, struct pryv_str *line)
{
    *line = take_until(text, '\n');
    line->len--; /* http1_find_head saw the CR */
    return !line->len || !memchr(line->data, '\r', line->len);
}

static int parse_fields(struct pryv_arena *mem, struct pryv_str text, const struct http1_limits *limits, struct http_head *head,
                        const char **why)
{
    struct pryv_str line;
    struct said says = { 0 };
    size_t lines = count_lines(text) - 1;

    if (lines > limits->max_fields)
        return refuse(why, 431, "Too many headers");
    head->headers = pryv_alloc(mem, (lines + 1) * sizeof(*head->headers));
    for (size_t i = 0; i < lines; i++) {
        struct http_header *field = &head->headers[head->header_count];

        if (!take_line(&text, &line))
            return refuse(why, 400, "A header has a bare CR");

        int status = parse_field(mem, line, field, why);

        if (status == 0)
            status = read_meaning(field, head, &says, why);
        if (status)
            return status;
        head->header_count++;
    }
    if (head->chunked && head->has_length)
        return refuse(why, 400, "Content-Length and Transfer-Encoding together");
    head->keep_alive = !says.close && (head->minor == 1 || says.keep_alive);
    return head->minor == 1 && !says.host ? refuse(why, 400, http1_no_host) : 0;
}

int http1_parse_head(struct pryv_arena *mem, struct pryv_str text, const struct http1_limits *limits, struct http_head *head,
                     const char **why)
{
    struct pryv_str line;
    size_t empty = leading_empty_lines(text.data, text.len);

    *head = (struct http_head){ .minor = 1 };
    text = pryv_str_n(text.data + empty, text.len - empty);
    if (!take_line(&text, &line))
        return refuse(why, 400, "The request line has a bare CR");

    int status = parse_request_line(mem, line, limits, head, why);

    return status ? status : parse_fields(mem, text, limits, head, why);
}

/* ---- Chunked bodies (RFC 9112, 7.1) ------------------------------------------------------------------ */

enum {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_BYTES,
    CHUNK_CR,
    CHUNK_LF,
    TRAILER_START,
    TRAILER,
    TRAILER_LF,
    LAST_LF,
    CHUNKS_OVER
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte of a chunk's line. False: it may not stand there. */
static bool take_size_byte(struct http1_chunks *chunks, char c)
{
    int digit = hex_digit(c);

    if (++chunks->overhead > CHUNK_LINE_MAX)
        return false;
    if (chunks->state == CHUNK_SIZE && digit >= 0) {
        chunks->left = chunks->left * 16 + (uint64_t) digit;
        return ++chunks->digits <= CHUNK_DIGITS_MAX;
    }
    if (chunks->digits == 0)
        return false;
    if (c == '\r') {
        chunks->state = CHUNK_SIZE_LF;
        return true;
    }
    if (chunks->state == CHUNK_SIZE && c != ';')
        return false;
    chunks->state = CHUNK_EXTENSION;
    return c == '\t' || ((unsigned char) c >= 0x20 && c != 0x7f);
}

static bool take_trailer_byte(struct http1_chunks *chunks, char c)
{
    if (++chunks->overhead > TRAILERS_MAX)
        return false;
    if (chunks->state == TRAILER_START && c == '\r') {
        chunks->state = LAST_LF;
        return true;
    }
    if (chunks->state == TRAILER_START && (c == ' ' || c == '\t'))
        return false;
    chunks->state = c == '\r' ? TRAILER_LF : TRAILER;
    return c == '\r' || c == '\t' || ((unsigned char) c >= 0x20 && c != 0x7f);
}

/* One byte that is not part of the body. */
static bool take_byte(struct http1_chunks *chunks, char c)
{
    switch (chunks->state) {
    case CHUNK_SIZE:
    case CHUNK_EXTENSION: return take_size_byte(chunks, c);
    case CHUNK_SIZE_LF:
        chunks->state = chunks->left ? CHUNK_BYTES : TRAILER_START;
        chunks->overhead = 0;
        return c == '\n';
    case CHUNK_CR: chunks->state = CHUNK_LF; return c == '\r';
    case CHUNK_LF:
        chunks->state = CHUNK_SIZE;
        chunks->digits = 0;
        chunks->overhead = 0;
        return c == '\n';
    case TRAILER_START:
    case TRAILER: return take_trailer_byte(chunks, c);
    case TRAILER_LF: chunks->state = TRAILER_START; return c == '\n';
    case LAST_LF: chunks->state = CHUNKS_OVER; return c == '\n';
    default: return false;
    }
}

enum http1_chunk_result http1_chunks_read(struct http1_chunks *chunks, struct pryv_str data, size_t *used, struct pryv_str *out)
{
    *used = 0;
    while (*used < data.len) {
        if (chunks->state == CHUNK_BYTES) {
            size_t here = data.len - *used;
            size_t take = chunks->left < here ? (size_t) chunks->left : here;

            *out = pryv_str_n(data.data + *used, take);
            *used += take;
            chunks->left -= take;
            if (chunks->left == 0)
                chunks->state = CHUNK_CR;
            return HTTP1_CHUNK_DATA;
        }
        if (!take_byte(chunks, data.data[(*used)++]))
            return HTTP1_CHUNK_BAD;
        if (chunks->state == CHUNKS_OVER)
            return HTTP1_CHUNK_END;
    }
    return HTTP1_CHUNK_MORE;
}
