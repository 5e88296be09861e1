/* series_chunk.c - a chunk: head, times, columns, checksum; see pryv/series.h and docs/format-series.md. */
#include "series_columns.h"
#include <zlib.h>

enum { FIRST_VERSION = 1, VERSION = 2, CHECKSUM_LEN = 4, ALL_PRESENT = 0, SOME_PRESENT = 1 };

static const long double billion = 1e9L;
static const int64_t exact_max = (int64_t) 1 << 53;
static const double near_max = 4194304; /* 2^22 */

double pryv_series_seconds(int64_t nanoseconds)
{
    if (nanoseconds > -exact_max && nanoseconds < exact_max)
        return (double) nanoseconds / 1e9; /* both are exact, so the quotient is rounded once */
    return (double) ((long double) nanoseconds / billion);
}

bool pryv_series_nanoseconds(double seconds, int64_t *out)
{
    long double exact;

    /* Below 2^22 seconds doubles lie closer than nanoseconds: the one that reads as these seconds is the nearest. */
    if (seconds > -near_max && seconds < near_max) {
        int64_t near = (int64_t) (seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5));

        *out = near;
        if ((double) near / 1e9 == seconds)
            return true;
    }
    exact = rintl((long double) seconds * billion);
    if (!(exact > -9223372036854775808.0L && exact < 9223372036854775808.0L))
        return false;
    *out = (int64_t) exact;
    return true;
}

/* ---- Packing ------------------------------------------------------------------------------------ */

static enum pryv_rc check_points(const struct pryv_series_points *points, struct pryv_err *err)
{
    if (points->count == 0 || points->count > PRYV_SERIES_MAX_POINTS || points->column_count > PRYV_SERIES_MAX_COLUMNS ||
        points->count * points->column_count > PRYV_SERIES_MAX_CELLS)
        return pryv_fail(err, PRYV_FAILED, "no chunk holds %zu points of %zu columns", points->count, points->column_count);
    for (size_t i = 0; i < points->count; i++)
        if (points->times[i] < (i ? points->times[i - 1] + 1 : 0))
            return pryv_fail(err, PRYV_FAILED, "the times of a chunk do not ascend");
    return PRYV_OK;
}

static size_t count_present(const struct pryv_series_column *column, size_t count)
{
    size_t present = 0;

    for (size_t i = 0; i < count; i++)
        present += !column->present || column->present[i];
    return present;
}

/* The values that are present, without gaps. */
static const void *dense(struct pryv_arena *mem, const struct pryv_series_column *column, const void *values, size_t size,
                         size_t count, size_t present)
{
    char *copy;
    size_t n = 0;

    if (present == count)
        return values;
    copy = pryv_alloc(mem, present * size);
    for (size_t i = 0; i < count; i++)
        if (column->present[i])
            memcpy(copy + n++ * size, (const char *) values + i * size, size);
    return copy;
}

static enum series_coding write_values(struct bit_writer *w, const struct pryv_series_column *column, size_t count,
                                       size_t present)
{
    switch (column->kind) {
    case PRYV_SERIES_NUMBER:
        return numbers_write(w, dense(w->mem, column, column->numbers, sizeof(double), count, present), present);
    case PRYV_SERIES_TEXT:
        return texts_write(w, dense(w->mem, column, column->texts, sizeof(struct pryv_str), count, present), present);
    case PRYV_SERIES_BOOL: break;
    }
    bools_write(w, dense(w->mem, column, column->bools, sizeof(bool), count, present), present);
    return SERIES_BITS;
}

static void write_column(struct bit_writer *w, const struct pryv_series_column *column, size_t count)
{
    struct bit_writer values = { .mem = w->mem };
    size_t present = count_present(column, count);
    enum series_coding coding = write_values(&values, column, count, present);

    varint_put(w, column->name.len);
    bytes_put(w, column->name.data, column->name.len);
    byte_put(w, (unsigned char) column->kind);
    byte_put(w, (unsigned char) coding);
    byte_put(w, present == count ? ALL_PRESENT : SOME_PRESENT);
    if (present != count)
        bools_write(w, column->present, count);
    varint_put(w, values.len);
    bytes_put(w, values.data, values.len);
}

static uint32_t checksum(const unsigned char *bytes, size_t len)
{
    return (uint32_t) crc32_z(0, bytes, len);
}

static void put_checksum(struct bit_writer *w)
{
    uint32_t sum = checksum(w->data, w->len);

    for (unsigned i = 0; i < CHECKSUM_LEN; i++)
        byte_put(w, (unsigned char) (sum >> (8 * i)));
}

enum pryv_rc pryv_series_pack(struct pryv_arena *mem, const struct pryv_series_points *points, struct pryv_series_chunk *out,
                              struct pryv_err *err)
{
    return pryv_series_pack_ranked(mem, points, 0, out, err);
}

enum pryv_rc pryv_series_pack_ranked(struct pryv_arena *mem, const struct pryv_series_points *points, uint64_t rank,
                                     struct pryv_series_chunk *out, struct pryv_err *err)
{
    struct bit_writer w = { .mem = mem };
    enum pryv_rc rc = check_points(points, err);

    if (rc != PRYV_OK)
        return rc;
    byte_put(&w, VERSION);
    varint_put(&w, rank);
    varint_put(&w, points->count);
    varint_put(&w, points->column_count);
    times_write(&w, points->times, points->count);
    for (size_t i = 0; i < points->column_count; i++)
        write_column(&w, &points->columns[i], points->count);

    put_checksum(&w);
    *out = (struct pryv_series_chunk){
        .from = pryv_series_seconds(points->times[0]),
        .to = pryv_series_seconds(points->times[points->count - 1]),
        .points = (uint32_t) points->count,
        .bytes = pryv_str_n((const char *) w.data, w.len),
    };
    return PRYV_OK;
}

/* ---- Unpacking ---------------------------------------------------------------------------------- */

/* Values stand without gaps at the front: the last one goes to its place first. */
static void spread(const bool *present, void *values, size_t size, size_t count, size_t dense_count)
{
    char *bytes = values;

    for (size_t i = count; i-- > 0;) {
        if (present[i])
            memmove(bytes + i * size, bytes + --dense_count * size, size);
        else
            memset(bytes + i * size, 0, size);
    }
}

static void *read_values(struct bit_reader *r, struct pryv_arena *mem, struct pryv_series_column *column,
                         enum series_coding coding, size_t count, size_t present, size_t *size)
{
    void *values = NULL;

    switch (column->kind) {
    case PRYV_SERIES_NUMBER:
        *size = sizeof(double);
        column->numbers = values = pryv_new_array(mem, double, count);
        numbers_read(r, coding, values, present);
        break;
    case PRYV_SERIES_TEXT:
        *size = sizeof(struct pryv_str);
        column->texts = values = pryv_new_array(mem, struct pryv_str, count);
        texts_read(r, coding, mem, values, present);
        break;
    case PRYV_SERIES_BOOL:
        *size = sizeof(bool);
        column->bools = values = pryv_new_array(mem, bool, count);
        bools_read(r, values, present);
        r->broken |= coding != SERIES_BITS;
        break;
    default: r->broken = true;
    }
    return values;
}

/* A column as it stands there. */
struct packed_column {
    struct pryv_str name;
    enum pryv_series_kind kind;
    enum series_coding coding;
    struct bit_reader present; /* a bit for each point; nothing: all are */
    struct bit_reader values;
};

static void take_column(struct bit_reader *r, size_t count, struct packed_column *out)
{
    uint64_t name_len = varint_get(r), len;
    const unsigned char *name = bytes_get(r, name_len), *bytes;
    unsigned char gaps;

    *out = (struct packed_column){ .name = name ? pryv_str_n((const char *) name, (size_t) name_len) : PRYV_STR("") };
    out->kind = byte_get(r);
    out->coding = byte_get(r);
    gaps = byte_get(r);
    if (gaps == SOME_PRESENT) {
        bytes = bytes_get(r, (count + 7) / 8);
        out->present = (struct bit_reader){ .at = bytes, .end = bytes ? bytes + (count + 7) / 8 : NULL };
    } else if (gaps != ALL_PRESENT) {
        r->broken = true;
    }
    len = varint_get(r);
    bytes = bytes_get(r, len);
    out->values = (struct bit_reader){ .at = bytes, .end = bytes ? bytes + len : NULL };
}

static void read_column(struct bit_reader *r, struct pryv_arena *mem, size_t count, struct pryv_series_column *column)
{
    struct packed_column packed;
    size_t present, size = 0;

    take_column(r, count, &packed);
    if (r->broken)
        return;
    *column = (struct pryv_series_column){ .name = packed.name, .kind = packed.kind };
    if (packed.present.at) {
        bool *bits = pryv_new_array(mem, bool, count);

        bools_read(&packed.present, bits, count);
        column->present = bits;
    }
    present = count_present(column, count);

    void *values = read_values(&packed.values, mem, column, packed.coding, count, present, &size);

    r->broken |= packed.values.broken || packed.values.at != packed.values.end;
    if (!r->broken && column->present && present != count)
        spread(column->present, values, size, count, present);
}

/* What comes before the columns. */
static bool read_times(struct bit_reader *r, struct pryv_arena *mem, unsigned version, int64_t **times, uint64_t *count,
                       uint64_t *columns)
{
    if (version > FIRST_VERSION)
        (void) varint_get(r); /* the rank, see pryv_series_rank */
    *count = varint_get(r);
    *columns = varint_get(r);
    if (r->broken || *count == 0 || *count > PRYV_SERIES_MAX_POINTS || *columns > PRYV_SERIES_MAX_COLUMNS ||
        *count * *columns > PRYV_SERIES_MAX_CELLS)
        return false;
    *times = pryv_new_array(mem, int64_t, (size_t) *count);
    times_read(r, *times, (size_t) *count);
    return !r->broken;
}

static bool has_any(struct bit_reader bits, size_t count)
{
    bool any = !bits.at;

    for (size_t i = 0; !any && i < count; i++)
        any = bits_get(&bits, 1);
    return any;
}

static bool read_names(struct bit_reader *r, struct pryv_arena *mem, unsigned version, struct pryv_str **names, size_t *kept)
{
    uint64_t count, columns;
    int64_t *times;

    if (!read_times(r, mem, version, &times, &count, &columns))
        return false;
    *names = pryv_new_array(mem, struct pryv_str, (size_t) columns);
    *kept = 0;
    for (size_t i = 0; i < columns; i++) {
        struct packed_column packed;

        take_column(r, (size_t) count, &packed);
        if (r->broken)
            return false;
        if (has_any(packed.present, (size_t) count))
            (*names)[(*kept)++] = packed.name;
    }
    return r->at == r->end;
}

static bool read_points(struct bit_reader *r, struct pryv_arena *mem, unsigned version, struct pryv_series_points *out)
{
    struct pryv_series_column *column;
    uint64_t count, columns;
    int64_t *times;

    if (!read_times(r, mem, version, &times, &count, &columns))
        return false;
    column = pryv_new_array(mem, struct pryv_series_column, (size_t) columns);
    for (size_t i = 0; i < columns && !r->broken; i++)
        read_column(r, mem, (size_t) count, &column[i]);
    *out = (struct pryv_series_points){
        .count = (size_t) count, .times = times, .column_count = (size_t) columns, .columns = column
    };
    return !r->broken && r->at == r->end;
}

/* The rank that stands in the bytes; `*rest`: what comes after it. 0: none. */
static uint64_t rank_in(struct pryv_str bytes, struct bit_reader *rest)
{
    const unsigned char *data = (const unsigned char *) bytes.data;

    if (bytes.len <= 1 + CHECKSUM_LEN || data[0] <= FIRST_VERSION)
        return 0;
    *rest = (struct bit_reader){ .at = data + 1, .end = data + bytes.len - CHECKSUM_LEN };
    return varint_get(rest);
}

uint64_t pryv_series_rank(const struct pryv_series_chunk *chunk)
{
    struct bit_reader rest;
    uint64_t rank = rank_in(chunk->bytes, &rest);

    return rank ? rank : chunk->id;
}

/* Whether the last bytes are the checksum of those before. */
static bool is_whole(struct pryv_str bytes)
{
    const unsigned char *data = (const unsigned char *) bytes.data;
    uint32_t sum = 0;

    for (unsigned i = 0; i < CHECKSUM_LEN; i++)
        sum |= (uint32_t) data[bytes.len - CHECKSUM_LEN + i] << (8 * i);
    return sum == checksum(data, bytes.len - CHECKSUM_LEN);
}

struct pryv_str pryv_series_unranked(struct pryv_arena *mem, struct pryv_str bytes)
{
    struct bit_writer w = { .mem = mem };
    struct bit_reader rest;

    if (!rank_in(bytes, &rest) || rest.broken || !is_whole(bytes))
        return bytes;
    byte_put(&w, (unsigned char) bytes.data[0]);
    varint_put(&w, 0);
    bytes_put(&w, rest.at, (size_t) (rest.end - rest.at));
    put_checksum(&w);
    return pryv_str_n((const char *) w.data, w.len);
}

static enum pryv_rc is_damaged(struct pryv_err *err)
{
    return pryv_fail(err, PRYV_FAILED, "a chunk of a series is damaged");
}

/* The reader of what is between version and checksum. */
static enum pryv_rc open_chunk(struct pryv_str bytes, struct bit_reader *r, struct pryv_err *err)
{
    const unsigned char *data = (const unsigned char *) bytes.data;

    if (bytes.len <= CHECKSUM_LEN)
        return pryv_fail(err, PRYV_FAILED, "a chunk of a series is cut off");
    if (data[0] < FIRST_VERSION || data[0] > VERSION)
        return pryv_fail(err, PRYV_FAILED, "a chunk of a series has the unknown version %d", data[0]);
    *r = (struct bit_reader){ .at = data + 1, .end = data + bytes.len - CHECKSUM_LEN };
    return is_whole(bytes) ? PRYV_OK : is_damaged(err);
}

enum pryv_rc pryv_series_unpack(struct pryv_arena *mem, struct pryv_str bytes, struct pryv_series_points *out,
                                struct pryv_err *err)
{
    struct pryv_series_points points;
    struct bit_reader r;
    enum pryv_rc rc = open_chunk(bytes, &r, err);

    if (rc != PRYV_OK)
        return rc;
    if (!read_points(&r, mem, (unsigned char) bytes.data[0], &points))
        return is_damaged(err);
    *out = points;
    return PRYV_OK;
}

enum pryv_rc pryv_series_names(struct pryv_arena *mem, struct pryv_str bytes, struct pryv_str **out, size_t *count,
                               struct pryv_err *err)
{
    struct bit_reader r;
    enum pryv_rc rc = open_chunk(bytes, &r, err);

    if (rc != PRYV_OK)
        return rc;
    return read_names(&r, mem, (unsigned char) bytes.data[0], out, count) ? PRYV_OK : is_damaged(err);
}
