/* fuzz_series.c - any bytes as a chunk, with the checksum they need: refused, or unpacked, and then packed and unpacked again to the same points. */
#include <pryv/series.h>
#include <stdlib.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_chunk(struct pryv_arena *mem, const uint8_t *data, size_t size)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points points, again;
    struct pryv_series_chunk chunk;
    struct pryv_str *names;
    size_t count;
    char *bytes = pryv_alloc(mem, size + 4);
    uint32_t sum = (uint32_t) crc32_z(0, data, size);

    memcpy(bytes, data, size);
    for (int i = 0; i < 4; i++)
        bytes[size + (size_t) i] = (char) (sum >> (8 * i));
    bool named = pryv_series_names(mem, pryv_str_n(bytes, size + 4), &names, &count, &err) == PRYV_OK;

    if (pryv_series_unpack(mem, pryv_str_n(bytes, size + 4), &points, &err) != PRYV_OK)
        return;
    if (!named || count > points.column_count)
        abort();
    if (pryv_series_pack(mem, &points, &chunk, &err) != PRYV_OK || pryv_series_unpack(mem, chunk.bytes, &again, &err) != PRYV_OK)
        abort();
    if (again.count != points.count || memcmp(again.times, points.times, points.count * sizeof(*points.times)) != 0 ||
        again.column_count != points.column_count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *mem = pryv_arena_new();

    try_chunk(mem, data, size);
    pryv_arena_free(mem);
    return 0;
}
