// link: plugins/api
/* The multipart reader: what it takes for parts and file names, what it refuses, and that buffers never cut a part. */
#include "../../plugins/api/multipart.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the reader told, as one text: `name|file|type=data;` for each part. */
struct told {
    struct pryv_arena *mem;
    struct pryv_str text;
    size_t bytes; /* of all data, when it is too much to keep */
    bool keep;
};

static void tell(struct told *told, const char *format, struct pryv_str a)
{
    told->text = pryv_format(told->mem, "%.*s%s%.*s", PRYV_STR_ARG(told->text), format, PRYV_STR_ARG(a));
}

static enum pryv_rc on_begin(void *context, const struct multipart_part *part, struct pryv_err *err PRYV_UNUSED)
{
    tell(context, "", part->name);
    tell(context, "|", part->file_name.data ? part->file_name : PRYV_STR("-"));
    tell(context, "|", part->content_type.data ? part->content_type : PRYV_STR("-"));
    tell(context, "=", PRYV_STR(""));
    return PRYV_OK;
}

static enum pryv_rc on_data(void *context, struct pryv_str bytes, struct pryv_err *err PRYV_UNUSED)
{
    struct told *told = context;

    told->bytes += bytes.len;
    if (told->keep)
        tell(told, "", bytes);
    return PRYV_OK;
}

static enum pryv_rc on_end(void *context, struct pryv_err *err PRYV_UNUSED)
{
    tell(context, ";", PRYV_STR(""));
    return PRYV_OK;
}

static const struct multipart_sink sink = { .begin = on_begin, .data = on_data, .end = on_end };

static enum pryv_rc read_text(struct told *told, struct pryv_str body)
{
    struct pryv_err err = PRYV_ERR(told->mem);
    FILE *file = tmpfile();

    cr_assert_not_null(file);
    if (body.len)
        cr_assert_eq(fwrite(body.data, 1, body.len, file), body.len);
    fflush(file);

    enum pryv_rc rc = multipart_read(fileno(file), body.len, PRYV_STR("B"), 3, &sink, told, &err);

    fclose(file);
    return rc;
}

#define HEAD(disposition) "Content-Disposition: form-data; " disposition "\r\n"

static const struct {
    const char *body;
    const char *told; /* NULL: refused */
} cases[] = {
    { "--B\r\n" HEAD("name=\"a\"") "\r\nhello\r\n--B--\r\n", "a|-|-=hello;" },
    { "before\r\n--B\r\n" HEAD("name=a") "\r\nx\r\n--B--", "a|-|-=x;" }, /* a preamble, a token, no line end at the end */
    { "--B\r\n" HEAD("name=\"f\"; filename=\"a \\\"b\\\".txt\"") "Content-Type: text/plain\r\n\r\n1\r\n--B--\r\n",
      "f|a \"b\".txt|text/plain=1;" },
    { "--B\r\n" HEAD("filename=\"../../etc/passwd\"") "\r\n1\r\n--B--\r\n", "|passwd|-=1;" },
    { "--B\r\n" HEAD("filename=\"C:\\temp\\x.png\"") "\r\n1\r\n--B--\r\n", "|x.png|-=1;" },
    { "--B\r\n" HEAD("filename=\"plain\"; filename*=UTF-8''caf%C3%A9.txt") "\r\n1\r\n--B--\r\n", "|caf\xc3\xa9.txt|-=1;" },
    { "--B\r\n" HEAD("filename=\"\"") "\r\n1\r\n--B--\r\n", "||-=1;" },
    { "--B\r\n" HEAD("name=e") "\r\n\r\n--B--\r\n", "e|-|-=;" },                /* an empty part */
    { "--B\r\n" HEAD("name=e") "\r\n--B--\r\n", "e|-|-=;" },                    /* and without its own line end */
    { "--B\r\n" HEAD("name=a") "\r\n\r\n--Bx\r\n--B\r\n\r\n2\r\n--B--", NULL }, /* a longer word is no boundary of ours */
    { "--B  \r\n" HEAD("name=a") "\r\n1\r\n--B \t\r\n" HEAD("name=b") "\r\n2\r\n--B--", "a|-|-=1;b|-|-=2;" },
    { "--B\r\n\r\nno header\r\n--B--", "|-|-=no header;" },
    { "--B--\r\n", "" },
    { "", NULL },
    { "nothing of the kind", NULL },
    { "--B\r\n" HEAD("name=a") "\r\nhello", NULL },
    { "--B\r\n" HEAD("name=a"), NULL },
    { "--B\r\n" HEAD("name=a") "\r\nhello\r\n--B", NULL },
    { "--B\r\n\r\n1\r\n--B\r\n\r\n2\r\n--B\r\n\r\n3\r\n--B\r\n\r\n4\r\n--B--", NULL }, /* more than three parts */
};

Test(multipart, cases)
{
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct told told = { .mem = pryv_arena_new(), .text = PRYV_STR(""), .keep = true };
        enum pryv_rc rc = read_text(&told, pryv_str(cases[i].body));

        if (cases[i].told)
            cr_expect(rc == PRYV_OK && pryv_str_equal(told.text, cases[i].told), "case %zu: %d \"%.*s\"", i, rc,
                      PRYV_STR_ARG(told.text));
        else
            cr_expect_eq(rc, PRYV_REFUSED, "case %zu: %d \"%.*s\"", i, rc, PRYV_STR_ARG(told.text));
        pryv_arena_free(told.mem);
    }
}

/* The buffer holds 256 KiB: sizes around it put delimiters across its end. */
Test(multipart, parts_across_buffers)
{
    for (size_t size = 256 * 1024 - 80; size < 256 * 1024 + 80; size++) {
        struct told told = { .mem = pryv_arena_new(), .text = PRYV_STR("") };
        struct pryv_str filler = { memset(pryv_alloc(told.mem, size), '\r', size), size };
        struct pryv_str body = pryv_format(told.mem, "--B\r\n\r\n%.*s\r\n--B\r\n\r\n--\r\n-B\r\n--B--", PRYV_STR_ARG(filler));

        cr_expect_eq(read_text(&told, body), PRYV_OK, "size %zu", size);
        cr_expect_eq(told.bytes, size + 6, "size %zu: %zu bytes", size, told.bytes);
        pryv_arena_free(told.mem);
    }
}

/* What a buffer holds before a part's header says nothing about the length of that header. */
Test(multipart, headers_far_behind_the_beginning)
{
    for (size_t size = 1000; size < 300 * 1024; size += 17011) {
        struct told told = { .mem = pryv_arena_new(), .text = PRYV_STR("") };
        struct pryv_str filler = { memset(pryv_alloc(told.mem, size), 'x', size), size };
        struct pryv_str body = pryv_format(told.mem, "--B\r\n\r\n%.*s\r\n--B\r\n" HEAD("name=b") "\r\n%.*s\r\n--B--",
                                           PRYV_STR_ARG(filler), PRYV_STR_ARG(filler));

        cr_expect_eq(read_text(&told, body), PRYV_OK, "size %zu", size);
        cr_expect_eq(told.bytes, 2 * size);
        pryv_arena_free(told.mem);
    }
}

Test(multipart, boundaries)
{
    static const struct {
        const char *type, *boundary;
    } types[] = {
        { "multipart/form-data; boundary=abc", "abc" },
        { "Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", "a b" },
        { "multipart/form-data", NULL },
        { "multipart/form-data; boundary=", NULL },
        { "multipart/mixed; boundary=abc", NULL },
        { "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x", NULL },
        { "text/plain", NULL },
    };
    struct pryv_arena *mem = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(types); i++) {
        struct pryv_str boundary = multipart_boundary(mem, pryv_str(types[i].type));

        cr_expect(types[i].boundary ? pryv_str_equal(boundary, types[i].boundary) : !boundary.data, "case %zu", i);
    }
    pryv_arena_free(mem);
}
