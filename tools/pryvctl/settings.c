/* settings.c - pryvctl settings show: what the server would start with, and where each value comes from. */
#include "pryvctl.h"
#include "pryvd.h"
#include <stdio.h>
#include <stdlib.h>

/* Below "http" are "http" itself and "http.port", not "httpd". */
static bool is_below(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(name, prefix, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

static int print_below(const struct run *run, const json_t *settings)
{
    json_t *chosen = json_object(), *setting;
    const char *name;
    bool any;

    json_object_foreach((json_t *) settings, name, setting)
        if (!run->name || is_below(name, run->name))
            json_object_set(chosen, name, setting);
    any = json_object_size(chosen) > 0;
    if (any && run->json) {
        json_dumpf(chosen, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (any) {
        json_object_foreach(chosen, name, setting) {
            char *value = json_dumps(json_object_get(setting, "value"), JSON_ENCODE_ANY);

            printf("%s: %s  # %s\n", name, value ? value : "null", json_string_value(json_object_get(setting, "source")));
            free(value);
        }
    }
    json_decref(chosen);
    return any ? SUCCESS : fail("there is no setting %s", run->name);
}

int settings_show(struct run *run)
{
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    json_error_t error;
    json_t *settings;
    int status;

    if (!memory)
        return fail("out of memory");

    enum pryv_rc rc = pryvd_tool_print_settings(memory, true, &run->err);

    fclose(memory);
    settings = json_loadb(text, len, 0, &error);
    status = settings ? print_below(run, settings) : FAILURE; /* those of a bad configuration too, to see what is wrong */
    json_decref(settings);
    free(text);
    return rc == PRYV_OK ? status : tell_failure(run, "settings show");
}
