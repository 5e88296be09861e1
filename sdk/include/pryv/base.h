/* pryv/base.h - the words every other header uses: text, results, absent numbers.
 *
 * Conventions of the whole SDK
 *   Text     is a pointer and a length (struct pryv_str), UTF-8, not NUL-ended unless a comment
 *            says so. `data == NULL` means absent; an empty text has a pointer and length 0.
 *   Times    are Unix seconds in a double, milliseconds kept. PRYV_ABSENT means "not there".
 *   Results  are enum pryv_rc; 0 is good. What went wrong is in a struct pryv_err (pryv/error.h).
 *   Threads  "any thread" means what it says; "executor" means a thread that runs requests and may
 *            block; "loop" means the thread that owns the network and must never block.
 */
#ifndef PRYV_BASE_H
#define PRYV_BASE_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PRYV_EXPORT                   __attribute__((visibility("default")))
#define PRYV_PRINTF(format_at, first) __attribute__((format(printf, format_at, first)))
#define PRYV_CHECK                    __attribute__((warn_unused_result))
#define PRYV_UNUSED                   __attribute__((unused))
#define PRYV_COUNT(array)             (sizeof(array) / sizeof((array)[0]))

enum pryv_rc {
    PRYV_OK = 0,
    PRYV_FAILED = -1,      /* a fault of ours: disk, memory, a broken peer */
    PRYV_NOT_FOUND = -2,   /* no such item */
    PRYV_CONFLICT = -3,    /* a unique key is taken; pryv_err.key names it */
    PRYV_REFUSED = -4,     /* the request is wrong or not allowed; pryv_err has status and id */
    PRYV_UNSUPPORTED = -5, /* this plugin cannot do that */
    PRYV_BUSY = -6,        /* full or not reachable now; the same call may work later */
    PRYV_GONE = -7,        /* the client left, nobody waits for the answer */
};

struct pryv_str {
    const char *data;
    size_t len;
};

#define PRYV_STR(literal) ((struct pryv_str){ "" literal "", sizeof(literal) - 1 })
#define PRYV_STR_NONE     ((struct pryv_str){ NULL, 0 })
/* For printf's "%.*s". */
#define PRYV_STR_ARG(text) (int) (text).len, (text).data ? (text).data : ""

static inline struct pryv_str pryv_str(const char *text)
{
    return (struct pryv_str){ text, text ? strlen(text) : 0 };
}

static inline struct pryv_str pryv_str_n(const char *text, size_t len)
{
    return (struct pryv_str){ text, len };
}

static inline bool pryv_str_is(struct pryv_str a, struct pryv_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool pryv_str_equal(struct pryv_str a, const char *b)
{
    return pryv_str_is(a, pryv_str(b));
}

static inline bool pryv_str_starts(struct pryv_str text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* How many code points a text of UTF-8 has. */
static inline size_t pryv_str_code_points(struct pryv_str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char) text.data[i] & 0xc0) != 0x80;
    return count;
}

/* Without the spaces and tabs at both ends, as HTTP has them around values (RFC 9110, 5.6.3). */
static inline struct pryv_str pryv_str_trim(struct pryv_str text)
{
    while (text.len && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* A double that is not there: an access without expiry, an event without duration. */
#define PRYV_ABSENT ((double) NAN)

static inline bool pryv_present(double number)
{
    return !isnan(number);
}

#endif
