/* number_read.c - the number that a text of a query tells; see pryv/json.h. */
#include <math.h>
#include <pryv/json.h>
#include <stdlib.h>
#include <string.h>

/* What ECMAScript calls white space and line ends: the length of the one `text` begins with, or 0. */
static size_t blank_at(struct pryv_str text)
{
    static const char *const blanks[] = {
        " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u00a0", "\u1680", "\u2000",
        "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
        "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff",
    };

    if (text.len > 0 && *text.data > ' ' && *text.data < 0x7f)
        return 0;
    for (size_t i = 0; i < PRYV_COUNT(blanks); i++)
        if (pryv_str_starts(text, blanks[i]))
            return strlen(blanks[i]);
    return 0;
}

static struct pryv_str trim(struct pryv_str text)
{
    size_t len;

    while ((len = blank_at(text)) > 0)
        text = pryv_str_n(text.data + len, text.len - len);
    for (size_t take = 1; take <= 3 && take <= text.len; take++) {
        struct pryv_str end = pryv_str_n(text.data + text.len - take, take);

        if (blank_at(end) == take) {
            text.len -= take;
            take = 0;
        }
    }
    return text;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* "0x1f" without the first two characters. */
static bool read_whole(struct pryv_str text, int base, double *out)
{
    double number = 0;

    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.data[i]);

        if (digit >= base)
            return false;
        number = number * base + digit;
    }
    *out = number;
    return text.len > 0;
}

static size_t skip_digits(struct pryv_str text, size_t at)
{
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

static size_t skip_sign(struct pryv_str text, size_t at)
{
    return at < text.len && (text.data[at] == '+' || text.data[at] == '-') ? at + 1 : at;
}

/* Digits with or without point, before or behind it, and an exponent. */
static bool is_decimal(struct pryv_str text)
{
    size_t start = skip_sign(text, 0), at = skip_digits(text, start), count = at - start;

    if (at < text.len && text.data[at] == '.') {
        size_t end = skip_digits(text, at + 1);

        count += end - at - 1;
        at = end;
    }
    if (count == 0)
        return false;
    if (at < text.len && (text.data[at] | 0x20) == 'e') {
        size_t first = skip_sign(text, at + 1);

        at = skip_digits(text, first);
        if (at == first)
            return false;
    }
    return at == text.len;
}

static bool is_infinite(struct pryv_str text, double *out)
{
    size_t at = skip_sign(text, 0);

    *out = text.len > 0 && text.data[0] == '-' ? -INFINITY : INFINITY;
    return pryv_str_equal(pryv_str_n(text.data + at, text.len - at), "Infinity");
}

bool pryv_number_read(struct pryv_str text, double *out)
{
    text = trim(text);
    *out = 0;
    if (text.len == 0 || is_infinite(text, out))
        return true;
    if (text.len > 2 && text.data[0] == '0') {
        int letter = text.data[1] | 0x20, base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;

        if (base)
            return read_whole(pryv_str_n(text.data + 2, text.len - 2), base, out);
    }
    if (!is_decimal(text))
        return false;
    *out = strtod(text.data, NULL);
    return true;
}
