// link: plugins/api
/* test_word_file.c - lists of words that are searched where they lie find what is in them and nothing else. */
#include "../../plugins/api/word_file.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct pryv_arena *mem;
static char path[] = "/tmp/pryvd-words-XXXXXX";

static void set_up(void)
{
    mem = pryv_arena_new();
    close(mkstemp(path));
}

static void tear_down(void)
{
    unlink(path);
    pryv_arena_free(mem);
}

TestSuite(word_file, .init = set_up, .fini = tear_down);

static struct word_file *open_text(const char *text, size_t len)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct word_file *words = NULL;
    FILE *file = fopen(path, "w");

    cr_assert(fwrite(text, 1, len, file) == len && fclose(file) == 0);
    cr_assert(word_file_open(path, &words, &err) == PRYV_OK, "%s", err.message ? err.message : "");
    return words;
}

static const struct {
    const char *text, *there, *not_there; /* words, with blanks between */
} lists[] = {
    { "", "", "a ab" },
    { "\n", "", "a" },
    { "one", "one", "on ones o" },
    { "one\n", "one", "on ones o two aaa" },
    { "alpha\nbeta\ngamma\n", "alpha beta gamma", "alph alphas betb gam zeta aaaa" },
    { "ab\nab-c\nabc\nabcd\n", "ab ab-c abc abcd", "a ab- ab-cd abcde" },
    { "gamma\nalpha\nbeta", "alpha beta gamma", "delta" },
    { "Alpha\nBETA\n", "alpha beta", "gamma" },
    { "alpha\r\nbeta\r\n", "alpha beta", "gamma" },
    { "same\nsame\nsame\n", "same", "sam samee" },
    { "\n\nalpha\n\nnew york\nb\tc\n\nbeta\n\n", "alpha beta", "new york b c" },
    { "a\xc3\xa9\nz\n", "a\xc3\xa9 z", "a ae" },
};

static void expect(struct word_file *words, size_t list, const char *texts, bool there)
{
    char *all = strdup(texts), *rest = NULL;

    for (char *word = strtok_r(all, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        cr_expect(word_file_has(words, pryv_str(word)) == there, "list %zu, \"%s\"", list, word);
    free(all);
}

Test(word_file, finds_what_is_there)
{
    for (size_t i = 0; i < PRYV_COUNT(lists); i++) {
        struct word_file *words = open_text(lists[i].text, strlen(lists[i].text));

        expect(words, i, lists[i].there, true);
        expect(words, i, lists[i].not_there, false);
        word_file_close(words);
    }
}

Test(word_file, leaves_out_what_is_no_word)
{
    char text[1000];
    size_t len = 0;

    memset(text, 'x', sizeof(text));
    memcpy(text, "alpha\n", 6);
    text[600] = '\n';
    memcpy(text + 601, "n\0l\n", 4);
    memcpy(text + 605, "zeta\n", 5);
    len = 610;

    struct word_file *words = open_text(text, len);

    cr_expect(word_file_has(words, PRYV_STR("alpha")) && word_file_has(words, PRYV_STR("zeta")));
    cr_expect(!word_file_has(words, pryv_str_n(text + 6, 594)) && !word_file_has(words, PRYV_STR("n")));
    word_file_close(words);
}

/* Words over three letters, many of them beginning alike, in order or not. */
Test(word_file, agrees_with_looking_at_all)
{
    srandom(7);
    for (int round = 0; round < 60; round++) {
        bool there[256] = { false };
        char text[8192];
        size_t len = 0;

        for (int i = 0; i < round * 4; i++) {
            int code = round % 2 ? (int) (random() % 256) : i % 256;

            for (int letters = code & 3; letters >= 0; letters--)
                text[len++] = "abcd"[(code >> (2 * letters)) & 3];
            text[len++] = '\n';
        }

        struct word_file *words = open_text(text, len);

        for (size_t at = 0, end; at < len; at = end + 1) {
            end = at + strcspn(text + at, "\n");
            cr_expect(word_file_has(words, pryv_str_n(text + at, end - at)), "round %d", round);
        }
        for (int code = 0; code < 256; code++) {
            char word[8];
            int n = 0;

            for (int letters = code & 3; letters >= 0; letters--)
                word[n++] = "abcd"[(code >> (2 * letters)) & 3];
            for (size_t at = 0, end; at < len && !there[code]; at = end + 1) {
                end = at + strcspn(text + at, "\n");
                there[code] = end - at == (size_t) n && memcmp(text + at, word, (size_t) n) == 0;
            }
            cr_expect(word_file_has(words, pryv_str_n(word, (size_t) n)) == there[code], "round %d, %.*s", round, n, word);
        }
        word_file_close(words);
    }
}

Test(word_file, tells_why_it_cannot_be_read)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct word_file *words = NULL;

    cr_expect(word_file_open("/nowhere/words", &words, &err) == PRYV_FAILED);
    cr_expect(strstr(err.message, "No such file"), "%s", err.message);
    cr_expect(word_file_open("/tmp", &words, &err) == PRYV_FAILED);
    cr_expect(strstr(err.message, "directory"), "%s", err.message);
}

/* Emptied while the server runs: nothing is found, and nothing breaks. */
Test(word_file, survives_a_file_that_is_written_over)
{
    struct word_file *words = open_text("alpha\nbeta\n", 11);

    cr_assert(truncate(path, 0) == 0);
    cr_expect(!word_file_has(words, PRYV_STR("alpha")));
    word_file_close(words);
}
