/* pattern.c - ECMAScript patterns on PCRE2; see pattern.h. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"
#include <pcre2.h>
#include <stdlib.h>

enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 1024, PATTERN_MAX = 10000 };

struct pattern {
    pcre2_code *code;
    pcre2_match_context *context;
};

/* PCRE2 has no setting for exactly ECMAScript's line ends, so that `.` outside a class is written out. */
static char *written_out(struct pryv_arena *mem, struct pryv_str source, size_t *len)
{
    static const char dot[] = "[^\\n\\r\\u2028\\u2029]";
    char *out = pryv_alloc(mem, source.len * sizeof(dot) + 1);
    size_t n = 0;
    bool in_class = false;

    for (size_t i = 0; i < source.len; i++) {
        char c = source.data[i];

        if (c == '\\' && i + 1 < source.len) {
            out[n++] = c;
            out[n++] = source.data[++i];
            continue;
        }
        if (c == '.' && !in_class) {
            memcpy(out + n, dot, sizeof(dot) - 1);
            n += sizeof(dot) - 1;
            continue;
        }
        if (c == '[')
            in_class = true;
        else if (c == ']')
            in_class = false;
        out[n++] = c;
    }
    *len = n;
    return out;
}

enum pryv_rc pattern_new(struct pryv_str source, struct pattern **out, struct pryv_err *err)
{
    int code;
    PCRE2_SIZE at;
    size_t len;

    if (source.len > PATTERN_MAX)
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "pattern longer than %d bytes", PATTERN_MAX);

    char *text = written_out(err->arena, source, &len);
    struct pattern *pattern = calloc(1, sizeof(*pattern));

    if (!pattern)
        abort();
    pattern->code =
        pcre2_compile((PCRE2_SPTR) text, len,
                      PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_MATCH_UNSET_BACKREF,
                      &code, &at, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    if (!pattern->code || !pattern->context) {
        pattern_free(pattern);
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "pattern %.*s does not compile", PRYV_STR_ARG(source));
    }
    pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
    pcre2_set_depth_limit(pattern->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->context, HEAP_LIMIT_KIB);
    *out = pattern;
    return PRYV_OK;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->context);
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool pattern_matches(const struct pattern *pattern, struct pryv_str text)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);

    if (!data)
        abort();

    int found = pcre2_match(pattern->code, (PCRE2_SPTR) text.data, text.len, 0, 0, data, pattern->context);

    pcre2_match_data_free(data);
    return found >= 0;
}
