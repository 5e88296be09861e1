/* bare_http.c - what libevent's own HTTP server does with no work behind it: the limit of our HTTP layer.
 *   bare_http PORT [FILE]     GET / answers an empty 200, GET /bytes the bytes of FILE */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    char *data;
    size_t len;
} file;

static void empty(struct evhttp_request *request, void *arg)
{
    (void) arg;
    evhttp_send_reply(request, 200, "OK", NULL);
}

static void all_bytes(struct evhttp_request *request, void *arg)
{
    struct evbuffer *body = evbuffer_new();

    (void) arg;
    /* Else it is 16 KiB a turn of the loop, which would flatter us. */
    bufferevent_set_max_single_write(evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)), 1 << 20);
    evbuffer_add_reference(body, file.data, file.len, NULL, NULL);
    evhttp_send_reply(request, 200, "OK", body);
    evbuffer_free(body);
}

static void read_file(const char *name)
{
    FILE *in = fopen(name, "rb");

    if (!in || fseek(in, 0, SEEK_END) != 0) {
        perror(name);
        exit(2);
    }
    file.len = (size_t) ftell(in);
    file.data = malloc(file.len + 1);
    rewind(in);
    if (!file.data || fread(file.data, 1, file.len, in) != file.len) {
        perror(name);
        exit(2);
    }
    fclose(in);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2)
        return 2;
    if (argc > 2)
        read_file(argv[2]);

    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);

    evhttp_set_gencb(http, empty, NULL);
    evhttp_set_cb(http, "/bytes", all_bytes, NULL);
    if (evhttp_bind_socket(http, "127.0.0.1", (unsigned short) strtoul(argv[1], NULL, 10)) != 0) {
        perror("bind");
        return 2;
    }
    return event_base_dispatch(base) < 0;
}
