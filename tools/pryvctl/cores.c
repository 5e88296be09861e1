/* cores.c - pryvctl cores list: rows "core-info/ID" of the platform, which each core writes when it starts. */
#include "pryvctl.h"
#include <inttypes.h>
#include <stdio.h>

#define ROWS "core-info/"

struct core {
    struct pryv_str id, url, hosting;
    bool available;
    uint64_t users;
};

static struct core core_of_row(struct run *run, struct pryv_str key, struct pryv_str text)
{
    struct pryv_err unseen = PRYV_ERR(run->mem);
    json_t *row = NULL;

    if (pryv_json_parse(run->mem, text, false, &row, &unseen) != PRYV_OK)
        row = NULL; /* another program wrote it */
    return (struct core){
        .id = pryv_str_n(key.data + strlen(ROWS), key.len - strlen(ROWS)),
        .url = pryv_json_member_text(row, "url"),
        .hosting = pryv_json_member_text(row, "hosting"),
        .available = !json_is_false(json_object_get(row, "available")),
    };
}

static enum pryv_rc read_counts(struct run *run, struct core *cores, size_t count)
{
    struct pryv_str *ids;
    uint64_t *counts;
    size_t n = 0;
    enum pryv_rc rc;

    if (run->platform->size <= offsetof(struct pryv_platform_ops, core_counts) || !run->platform->core_counts)
        return pryv_fail(&run->err, PRYV_UNSUPPORTED, "this platform store cannot count the users of its cores");
    rc = run->platform->core_counts(run->platform_self, run->mem, &ids, &counts, &n, &run->err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        for (size_t k = 0; k < n; k++)
            if (pryv_str_is(ids[k], cores[i].id))
                cores[i].users = counts[k];
    return rc;
}

static void print_core(struct pryv_json *js, const struct core *core)
{
    if (!js) {
        printf("%.*s\t%s\t%" PRIu64 "\t%.*s\t%.*s\n", PRYV_STR_ARG(core->id), core->available ? "available" : "closed",
               core->users, PRYV_STR_ARG(core->hosting), PRYV_STR_ARG(core->url));
        return;
    }
    pryv_json_object(js);
    pryv_json_put_str(js, "id", core->id);
    pryv_json_put_str_if(js, "url", core->url);
    pryv_json_put_str_if(js, "hosting", core->hosting);
    pryv_json_put_bool(js, "available", core->available);
    pryv_json_put_number(js, "userCount", (double) core->users);
    pryv_json_object_end(js);
}

int cores_list(struct run *run)
{
    struct pryv_json *js = run->json ? pryv_json_new(run->mem) : NULL;
    struct pryv_str *keys, *texts;
    struct core *cores;
    size_t count;

    if (run->platform->values_list(run->platform_self, run->mem, PRYV_STR(ROWS), PRYV_STR_NONE, SIZE_MAX, &keys, &texts, &count,
                                   &run->err) != PRYV_OK)
        return tell_failure(run, "cores list");
    cores = pryv_new_array(run->mem, struct core, count + 1);
    for (size_t i = 0; i < count; i++)
        cores[i] = core_of_row(run, keys[i], texts[i]);
    if (read_counts(run, cores, count) != PRYV_OK)
        return tell_failure(run, "cores list");
    if (js)
        pryv_json_array(js);
    for (size_t i = 0; i < count; i++)
        print_core(js, &cores[i]);
    if (!js)
        return SUCCESS;
    pryv_json_array_end(js);
    return print_json(js);
}
