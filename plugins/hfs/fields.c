/* fields.c - see fields.h. */
#include "fields.h"
#include "columns.h"
#include "hfs.h"

static enum pryv_rc check_shape(const struct flat *flat, struct pryv_err *err)
{
    if (!flat->is_object || !pryv_str_equal(flat->format, "flatJSON"))
        return hfs_malformed(err, "The format must be \"flatJSON\".");
    if (flat->fields_state != MEMBER_GOOD)
        return hfs_malformed(err, "\"fields\" must be a list of texts.");
    return flat->points_state == MEMBER_GOOD ? PRYV_OK : hfs_malformed(err, "\"points\" must be a list.");
}

static enum pryv_rc refuse_cell(const struct flat *flat, size_t row, size_t column, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Point %zu: the value of \"%.*s\" does not fit the field.",
                       row, PRYV_STR_ARG(flat->fields[column]));
}

enum pryv_rc fields_read(struct pryv_arena *mem, const struct flat *flat, const struct pryv_series_field *fields,
                         size_t field_count, double event_time, struct pryv_series_points *out, struct pryv_err *err)
{
    struct grid *grid = flat->points;
    struct columns *columns;
    enum pryv_rc rc = check_shape(flat, err);
    size_t width = flat->field_count, row, column;

    if (rc != PRYV_OK || (rc = columns_new(mem, flat->fields, width, fields, field_count, event_time, &columns, err)) != PRYV_OK)
        return rc;
    if (grid->uneven || (grid->rows && grid->width != width))
        return hfs_malformed(err, "Every point must be a list of as many values as there are fields.");
    if (!columns_take(columns, grid, 0, &row, &column))
        return refuse_cell(flat, row, column, err);
    columns_finish(columns, out);
    return PRYV_OK;
}
