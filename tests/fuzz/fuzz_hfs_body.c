/* fuzz_hfs_body.c - any bytes as the JSON of points, of one series and of several: taken or refused as pryv_json_parse does, and the same points, wherever they
 * are cut into pieces. */
// link: plugins/hfs
#include "../../plugins/hfs/fields.h"
#include "../unit/hfs_bodies.h"
#include "settings.h"
#include <pryv/json.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pryv_series_field fields[] = {
    { { "n", 1 }, PRYV_FIELD_NUMBER, true }, { { "m", 1 }, PRYV_FIELD_NUMBER, false }, { { "t", 1 }, PRYV_FIELD_TEXT, false },
    { { "b", 1 }, PRYV_FIELD_BOOL, false },  { { "z", 1 }, PRYV_FIELD_NULL, false },   { { "o", 1 }, PRYV_FIELD_OTHER, false },
};

static enum pryv_rc read_points(struct pryv_arena *mem, struct pryv_str text, size_t cut, struct pryv_series_points *out,
                                struct pryv_err *err)
{
    struct flat flat;
    enum pryv_rc rc = read_flat(mem, text, cut, &flat, err);

    return rc == PRYV_OK ? fields_read(mem, &flat, fields, PRYV_COUNT(fields), 1000, out, err) : rc;
}

static void compare_points(struct pryv_arena *mem, struct pryv_str text, size_t cut)
{
    struct pryv_err err = PRYV_ERR(mem), other_err = PRYV_ERR(mem);
    struct pryv_series_points points, other;
    enum pryv_rc rc = read_points(mem, text, NOWHERE, &points, &err);

    if (read_points(mem, text, cut, &other, &other_err) != rc)
        abort();
    if (rc == PRYV_OK ? !are_same_points(&points, &other) : strcmp(err.message, other_err.message) != 0)
        abort();
}

static void compare_batches(struct pryv_arena *mem, struct pryv_str text, size_t cut)
{
    struct pryv_err err = PRYV_ERR(mem), other_err = PRYV_ERR(mem);
    struct batch batch, other;
    enum pryv_rc rc = read_batch(mem, text, NOWHERE, &batch, &err);

    if (read_batch(mem, text, cut, &other, &other_err) != rc)
        abort();
    if (rc != PRYV_OK && strcmp(err.message, other_err.message) != 0)
        abort();
    if (rc != PRYV_OK)
        return;
    if (batch.is_object != other.is_object || batch.data_state != other.data_state || batch.count != other.count ||
        !pryv_str_is(batch.format, other.format))
        abort();
    for (size_t i = 0; i < batch.count; i++)
        if (batch.elements[i].is_object != other.elements[i].is_object ||
            !pryv_str_is(batch.elements[i].event_id, other.elements[i].event_id) ||
            batch.elements[i].flat.points_state != other.elements[i].flat.points_state)
            abort();
}

static void compare_parsers(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct flat flat;
    json_t *value;
    bool good = !text.len || pryv_json_parse(mem, text, false, &value, &err) == PRYV_OK;

    if ((read_flat(mem, text, NOWHERE, &flat, &err) == PRYV_OK) != good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_str text = pryv_str_n((const char *) data, size);
    size_t cut = size ? (data[0] + data[size / 2] * 7u) % size : 0;

    settings.max_json_depth = DEPTH;
    compare_parsers(mem, text);
    compare_points(mem, text, cut);
    compare_points(mem, text, EVERYWHERE);
    compare_batches(mem, text, cut);
    compare_batches(mem, text, EVERYWHERE);
    pryv_arena_free(mem);
    return 0;
}
