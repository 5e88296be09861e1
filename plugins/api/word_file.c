/* word_file.c - see word_file.h. */
#include "word_file.h"
#include "api.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_LINE = 200, WINDOW = 2 * LONGEST_LINE + 4 };

struct word_file {
    int fd;
    off_t size;
};

/* ---- Opening ----------------------------------------------------------------------------------------- */

static size_t without_line_end(char *line, ssize_t len)
{
    while (len > 0 && strchr("\r\n", line[len - 1]))
        line[--len] = '\0';
    return (size_t) len;
}

static bool is_tidy_line(const char *line, ssize_t len, const char *before)
{
    if (len < 2 || len > LONGEST_LINE || line[len - 1] != '\n' || strcmp(before, line) > 0)
        return false;
    for (ssize_t i = 0; i < len - 1; i++)
        if ((unsigned char) line[i] <= ' ' || (line[i] >= 'A' && line[i] <= 'Z'))
            return false;
    return true;
}

/* Blanks and controls would come before the end of a line in the order of bytes. */
static bool is_word(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char) text[i] <= ' ')
            return false;
    return len > 0 && len < LONGEST_LINE;
}

static bool is_tidy(FILE *file)
{
    char before[LONGEST_LINE + 1] = "";
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool tidy = true;

    while (tidy && (len = getline(&line, &room, file)) != -1) {
        tidy = is_tidy_line(line, len, before);
        if (tidy)
            memcpy(before, line, (size_t) len + 1);
    }
    free(line);
    return tidy;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

struct lines {
    char **items;
    size_t count, room;
};

static void lines_add(struct lines *lines, const char *line, size_t len)
{
    if (lines->count == lines->room) {
        lines->room = lines->room * 2 + 64;
        lines->items = realloc(lines->items, lines->room * sizeof(*lines->items));
    }

    char *copy = lines->items ? malloc(len + 2) : NULL;

    if (!copy)
        abort();
    for (size_t i = 0; i < len; i++)
        copy[i] = (char) tolower((unsigned char) line[i]);
    copy[len] = '\n'; /* a part of what is compared, as in the file */
    copy[len + 1] = '\0';
    lines->items[lines->count++] = copy;
}

/* NULL: errno. */
static FILE *ordered_copy(FILE *file)
{
    struct lines lines = { 0 };
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    FILE *copy = tmpfile();

    rewind(file);
    while ((len = getline(&line, &room, file)) != -1) {
        size_t word = without_line_end(line, len);

        if (is_word(line, word))
            lines_add(&lines, line, word);
    }
    free(line);
    if (lines.count)
        qsort(lines.items, lines.count, sizeof(*lines.items), compare);
    for (size_t i = 0; i < lines.count; i++) {
        if (copy)
            fputs(lines.items[i], copy);
        free(lines.items[i]);
    }
    free(lines.items);
    if (copy && (fflush(copy) != 0 || ferror(copy))) {
        fclose(copy);
        copy = NULL;
    }
    return copy;
}

/* The list as it is searched: the file itself or an ordered copy. Takes `file` over. NULL: errno. */
static FILE *ordered(FILE *file)
{
    bool tidy = is_tidy(file) && !ferror(file);
    FILE *list = tidy ? file : ferror(file) ? NULL : ordered_copy(file);
    int reason = errno;

    if (list != file)
        fclose(file);
    errno = reason;
    return list;
}

enum pryv_rc word_file_open(const char *path, struct word_file **out, struct pryv_err *err)
{
    struct word_file *words = calloc(1, sizeof(*words));
    FILE *file = fopen(path, "re");
    struct stat stat;
    enum pryv_rc rc = PRYV_OK;

    if (!words)
        abort();
    if (file)
        file = ordered(file);
    words->fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
    if (words->fd == -1 || fstat(words->fd, &stat) == -1)
        rc = pryv_fail(err, PRYV_FAILED, "cannot read it: %s", strerror(errno));
    else
        words->size = stat.st_size;
    if (file)
        fclose(file);
    if (rc == PRYV_OK)
        *out = words;
    else
        word_file_close(words);
    return rc;
}

void word_file_close(struct word_file *words)
{
    if (words && words->fd != -1)
        close(words->fd);
    free(words);
}

/* ---- Looking up ----------------------------------------------------------------------------------------- */

/* The first line that begins at `from` or behind it, and where. False: it cannot be read. Absent: there is none. */
static bool line_from(const struct word_file *words, off_t from, char window[WINDOW], off_t *at, struct pryv_str *line)
{
    off_t begin = from > 0 ? from - 1 : 0;
    ssize_t len = pread(words->fd, window, WINDOW, begin);
    const char *start = window;

    *line = PRYV_STR_NONE;
    if (len <= 0)
        return false;
    if (from > 0) {
        start = memchr(window, '\n', (size_t) len);
        if (!start)
            return false;
        start++;
    }
    *at = begin + (start - window);
    if (*at >= words->size)
        return true;

    const char *end = memchr(start, '\n', (size_t) (window + len - start));

    if (!end)
        return false;
    *line = pryv_str_n(start, (size_t) (end - start));
    return true;
}

static int order(struct pryv_str a, struct pryv_str b)
{
    int by_bytes = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    /* Of two that begin alike the shorter one comes first, as its line end is smaller than any byte of a word. */
    return by_bytes ? by_bytes : (a.len > b.len) - (a.len < b.len);
}

bool word_file_has(const struct word_file *words, struct pryv_str word)
{
    off_t low = 0, high = words->size;

    while (low < high) {
        char window[WINDOW];
        off_t middle = low + (high - low) / 2, at = 0;
        struct pryv_str line;

        if (!line_from(words, middle, window, &at, &line)) {
            pryv_log_error(API_LOG, "the list of reserved words can no longer be read; it was changed while the server ran");
            return false;
        }
        if (!line.data || at >= high) {
            high = middle;
            continue;
        }

        int difference = order(word, line);

        if (difference == 0)
            return true;
        if (difference < 0)
            high = middle;
        else
            low = at + (off_t) line.len + 1;
    }
    return false;
}
