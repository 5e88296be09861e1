/* accept.c - see accept.h. */
#include "accept.h"
#include <strings.h>

enum { WHOLE = 1000 }; /* weights are thousandths */

struct preference {
    int closeness; /* of the closest range so far: 0 none, 1 any type, 2 the first half, 3 the whole */
    int weight;
};

/* What comes before the first `separator`, and takes it and the separator off `*rest`. */
static struct pryv_str cut(struct pryv_str *rest, char separator)
{
    const char *at = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    struct pryv_str before = at ? pryv_str_n(rest->data, (size_t) (at - rest->data)) : *rest;

    *rest = at ? pryv_str_n(at + 1, rest->len - before.len - 1) : PRYV_STR("");
    return pryv_str_trim(before);
}

static bool is_word(struct pryv_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

/* 0 to 1 with at most three digits after the point; -1: it is no weight. */
static int weight_of(struct pryv_str text)
{
    int weight = 0, unit = WHOLE;

    if (text.len == 0 || text.len > 5 || (text.data[0] != '0' && text.data[0] != '1') || (text.len > 1 && text.data[1] != '.'))
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (i == 1)
            continue;
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        weight += (text.data[i] - '0') * unit;
        unit /= 10;
    }
    return weight <= WHOLE ? weight : -1;
}

static int weight_among(struct pryv_str parameters)
{
    while (parameters.len) {
        struct pryv_str value = cut(&parameters, ';'), name = cut(&value, '=');

        if (is_word(name, "q"))
            return weight_of(pryv_str_trim(value));
    }
    return WHOLE;
}

static void consider(struct preference *preference, int closeness, int weight)
{
    if (closeness > preference->closeness || (closeness == preference->closeness && weight > preference->weight))
        *preference = (struct preference){ closeness, weight };
}

bool accept_prefers_csv(struct pryv_str header)
{
    struct preference csv = { 0 }, json = { 0 };

    while (header.len) {
        struct pryv_str parameters = cut(&header, ','), range = cut(&parameters, ';');
        int weight = weight_among(parameters);

        if (weight < 0)
            continue;
        if (is_word(range, "text/csv") || is_word(range, "text/*"))
            consider(&csv, range.data[5] == '*' ? 2 : 3, weight);
        if (is_word(range, "application/json") || is_word(range, "application/*"))
            consider(&json, range.data[12] == '*' ? 2 : 3, weight);
        if (is_word(range, "*/*")) {
            consider(&csv, 1, weight);
            consider(&json, 1, weight);
        }
    }
    if (csv.weight != json.weight)
        return csv.weight > json.weight;
    return csv.weight > 0 && csv.closeness > json.closeness;
}

bool is_media_type(struct pryv_str content_type, const char *type)
{
    return is_word(cut(&content_type, ';'), type);
}
