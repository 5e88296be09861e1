/* json_write.c - how fast events are written as JSON, and how fast the same bytes are only copied (the limit).
 *   json_write SECONDS      prints {"perSecond", "mbPerSecond", "copyMbPerSecond", "nsPerNumber": {...}} */
#include <pryv/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 10000, BUFFER = 64 * 1024, NUMBERS = 1000000 };

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static char target[BUFFER];

/* What any sink must do at least: read the bytes. */
static enum pryv_rc take(void *context, const char *data, size_t len)
{
    uint64_t *sum = context;

    memcpy(target, data, len < sizeof(target) ? len : sizeof(target));
    *sum += (unsigned char) target[0];
    return PRYV_OK;
}

static void write_event(struct pryv_json *js, double at)
{
    pryv_json_object(js);
    pryv_json_put_str(js, "id", PRYV_STR("cdata0000000000000000001"));
    pryv_json_key(js, "streamIds");
    pryv_json_array(js);
    pryv_json_str(js, PRYV_STR("diary"));
    pryv_json_str(js, PRYV_STR("work"));
    pryv_json_array_end(js);
    pryv_json_put_number(js, "time", at);
    pryv_json_put_number(js, "duration", 60.5);
    pryv_json_put_str(js, "type", PRYV_STR("note/txt"));
    pryv_json_put_raw(js, "content", PRYV_STR("\"A short note about the day\""));
    pryv_json_put_str(js, "description", PRYV_STR("She said \"hello\", then left for\nwork."));
    pryv_json_put_number(js, "created", at + 0.5);
    pryv_json_put_str(js, "createdBy", PRYV_STR("a0123456789abcdefghijklm"));
    pryv_json_put_number(js, "modified", at + 0.5);
    pryv_json_put_str(js, "modifiedBy", PRYV_STR("a0123456789abcdefghijklm"));
    pryv_json_put_str(js, "integrity", PRYV_STR("EVENT:0:sha256-QYPkx0Gtv8WPZEY5LH7Is9W2b1/S3pEdLB13YwbL6fA="));
    pryv_json_object_end(js);
}

static double ns_per_number(double start, double step)
{
    char text[PRYV_NUMBER_SIZE];
    double began = now_seconds();

    for (int i = 0; i < NUMBERS; i++)
        pryv_number_format(text, start + i * step);
    return (now_seconds() - began) * 1e9 / NUMBERS;
}

/* Bytes per second of copying 64 KiB pieces. */
static double copy_speed(double seconds)
{
    static char source[BUFFER];
    uint64_t sum = 0;
    double began = now_seconds(), bytes = 0;

    do {
        for (int i = 0; i < 100; i++, bytes += BUFFER) {
            source[0] = (char) i;
            take(&sum, source, BUFFER);
        }
    } while (now_seconds() - began < seconds);
    return sum ? bytes / (now_seconds() - began) : 0;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 1, began = now_seconds(), events = 0;
    struct pryv_arena *arena = pryv_arena_new();
    uint64_t sum = 0;
    struct pryv_json *js = pryv_json_new_sink(arena, BUFFER, take, &sum);

    pryv_json_array(js);
    do {
        for (int i = 0; i < BATCH; i++, events++)
            write_event(js, 1385046854.282 + i);
    } while (now_seconds() - began < seconds);
    pryv_json_array_end(js);

    double took = now_seconds() - began;

    printf("{\"perSecond\":%.0f,\"mbPerSecond\":%.0f,\"copyMbPerSecond\":%.0f,\"nsPerNumber\":{\"whole\":%.1f,\"decimals\":%.1f,"
           "\"17 digits\":%.1f}}\n",
           events / took, (double) pryv_json_written(js) / took / 1e6, copy_speed(seconds) / 1e6, ns_per_number(1, 7),
           ns_per_number(72, 0.125), ns_per_number(0.7310585786300049, 0.7310585786300049));
    pryv_arena_free(arena);
    return 0;
}
