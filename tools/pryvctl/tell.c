/* tell.c - what commands say: what was asked for on stdout, what went wrong on stderr. */
#include "pryvctl.h"
#include "pryvd.h"
#include <stdio.h>

int fail(const char *format, ...)
{
    va_list args;

    fputs("pryvctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return FAILURE;
}

int tell_failure(const struct run *run, const char *what)
{
    const struct pryv_err *err = &run->err;
    size_t i;
    json_t *complaint;

    fail("%s: %s", what, err->message ? err->message : "no reason given");
    json_array_foreach(err->rc == PRYV_REFUSED ? err->data : NULL, i, complaint)
        if (json_is_object(complaint))
            fail("%s: %s", json_string_value(json_object_get(complaint, "param")),
                 json_string_value(json_object_get(complaint, "message")));
    return FAILURE;
}

int print_json(const struct pryv_json *js)
{
    struct pryv_str text = pryv_json_text(js);

    printf("%.*s\n", PRYV_STR_ARG(text));
    return SUCCESS;
}

int tell_server(void)
{
    return pryvd_tool_changed_accounts() ? SUCCESS
                                         : fail("the running server cannot be told; reload it, so that it forgets the user");
}
