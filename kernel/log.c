/* log.c - one record, one line, one write to stderr; see pryv/log.h.
 * Control characters are escaped, so that no text from outside can forge a line or steer a terminal. A record has a ceiling:
 * what is longer is cut and says so. */
#include "log.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 4096, LINE_BYTES = 6 * MESSAGE_BYTES + 512 };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

static enum pryv_log_level threshold = PRYV_LOG_INFO;
static bool as_json;
static _Thread_local char request_id[64];

struct line {
    char text[LINE_BYTES];
    size_t len;
};

void log_configure(struct pryv_str level, bool json)
{
    as_json = json;
    for (size_t i = 0; i < PRYV_COUNT(level_names); i++)
        if (pryv_str_equal(level, level_names[i]))
            threshold = (enum pryv_log_level) i;
}

bool pryv_log_enabled(enum pryv_log_level level)
{
    return level <= threshold;
}

void pryv_log_request(const char *id)
{
    size_t len = id ? strnlen(id, sizeof(request_id) - 1) : 0;

    if (len)
        memcpy(request_id, id, len);
    request_id[len] = '\0';
}

static void put(struct line *line, const char *text, size_t len)
{
    size_t room = sizeof(line->text) - 1 - line->len; /* the newline always fits */

    if (len > room)
        len = room;
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

/* Bytes of the UTF-8 character at `text` that may be shown; 0: broken, or a control character. */
static size_t shown_bytes(const unsigned char *text, size_t len)
{
    size_t need = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : text[0] < 0xf5 ? 4 : 0;

    if (need == 0 || need > len || text[0] < 0x20 || text[0] == 0x7f)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((text[0] == 0xc2 && text[1] < 0xa0) || (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
        return 0;
    return need;
}

static void put_escaped(struct line *line, const char *text, bool json)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len;) {
        const unsigned char *at = (const unsigned char *) text + i;
        size_t bytes = shown_bytes(at, len - i);
        char escape[8];

        if (bytes == 0) {
            snprintf(escape, sizeof(escape), json ? "\\u%04x" : "\\x%02x", *at);
            put_text(line, escape);
            bytes = 1;
        } else {
            if (json && (*at == '"' || *at == '\\'))
                put_text(line, "\\");
            put(line, text + i, bytes);
        }
        i += bytes;
    }
}

static void put_time(struct line *line)
{
    struct timespec now;
    struct tm utc;
    char text[64];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);

    snprintf(text + len, sizeof(text) - len, ".%03ldZ", now.tv_nsec / 1000000);
    put_text(line, text);
}

static void write_text(struct line *line, enum pryv_log_level level, const char *name, const char *message)
{
    put_time(line);
    put_text(line, " ");
    put_text(line, level_names[level]);
    put_text(line, " [");
    put_escaped(line, name, false);
    put_text(line, "] ");
    if (request_id[0]) {
        put_text(line, "request=");
        put_escaped(line, request_id, false);
        put_text(line, " ");
    }
    put_escaped(line, message, false);
}

static void put_member(struct line *line, const char *key, const char *text)
{
    put_text(line, ",\"");
    put_text(line, key);
    put_text(line, "\":\"");
    put_escaped(line, text, true);
    put_text(line, "\"");
}

static void write_json(struct line *line, enum pryv_log_level level, const char *name, const char *message)
{
    char pid[32];

    put_text(line, "{\"timestamp\":\"");
    put_time(line);
    put_text(line, "\"");
    put_member(line, "level", level_names[level]);
    put_member(line, "name", name);
    snprintf(pid, sizeof(pid), ",\"pid\":%ld", (long) getpid());
    put_text(line, pid);
    if (request_id[0])
        put_member(line, "request", request_id);
    put_member(line, "message", message);
    put_text(line, "}");
}

void pryv_log(enum pryv_log_level level, const char *name, const char *format, ...)
{
    static const char cut[] = "... (cut)";
    struct line line = { .len = 0 };
    char message[MESSAGE_BYTES];
    va_list args;

    if (!pryv_log_enabled(level))
        return;
    va_start(args, format);
    int len = vsnprintf(message, sizeof(message), format, args);

    va_end(args);
    if (len < 0)
        return;
    if ((size_t) len >= sizeof(message))
        memcpy(message + sizeof(message) - sizeof(cut), cut, sizeof(cut));
    if (as_json)
        write_json(&line, level, name, message);
    else
        write_text(&line, level, name, message);
    line.text[line.len++] = '\n';
    /* Nobody is left to tell when the log itself cannot be written. */
    if (write(STDERR_FILENO, line.text, line.len) < 0)
        return;
}
