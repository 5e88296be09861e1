/* http_address.c - who the client is: the peer, or, when the peer is a trusted proxy, whom it says. */
#include "http_internal.h"
#include <arpa/inet.h>
#include <stdlib.h>

struct network {
    unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
    int bits;
};

enum { V4_BITS = 96 };

/* Any address as IPv6. */
static bool parse_address(const char *text, unsigned char out[16])
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

    if (inet_pton(AF_INET, text, out + 12) == 1) {
        memcpy(out, mapped, sizeof(mapped));
        return true;
    }
    return inet_pton(AF_INET6, text, out) == 1;
}

static bool parse_network(const char *text, struct network *network)
{
    char address[INET6_ADDRSTRLEN + 1];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t) (slash - text) : strlen(text);
    bool v4 = !memchr(text, ':', len);
    long bits = v4 ? 32 : 128;
    char *end = NULL;

    if (len >= sizeof(address))
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (slash) {
        bits = strtol(slash + 1, &end, 10);
        if (end == slash + 1 || *end || bits < 0 || bits > (v4 ? 32 : 128))
            return false;
    }
    network->bits = (int) bits + (v4 ? V4_BITS : 0);
    return parse_address(address, network->address);
}

enum pryv_rc networks_parse(const json_t *list, struct network **out, size_t *count, struct pryv_err *err)
{
    size_t i;
    json_t *item;
    struct network *networks = calloc(json_array_size(list) + 1, sizeof(*networks));

    if (!networks)
        abort();
    json_array_foreach(list, i, item) {
        if (!json_is_string(item) || !parse_network(json_string_value(item), &networks[i])) {
            free(networks);
            return pryv_refuse(err, 500, "unexpected-error", NULL,
                               "http.trustedProxies: item %zu is neither an address nor a network", i + 1);
        }
    }
    *out = networks;
    *count = json_array_size(list);
    return PRYV_OK;
}

static bool network_holds(const struct network *network, const unsigned char address[16])
{
    int whole = network->bits / 8, rest = network->bits % 8;

    if (memcmp(network->address, address, (size_t) whole) != 0)
        return false;
    return rest == 0 || ((network->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static bool networks_hold(const struct network *networks, size_t count, const char *address)
{
    unsigned char parsed[16];

    if (count == 0 || !parse_address(address, parsed))
        return false;
    for (size_t i = 0; i < count; i++)
        if (network_holds(&networks[i], parsed))
            return true;
    return false;
}

/* An IPv4 address looks the same whether the socket is of IPv4 or of both. */
void address_text(const struct sockaddr_storage *peer, char text[INET6_ADDRSTRLEN])
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *) peer)->sin6_addr;

    if (peer->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *) peer)->sin_addr, text, INET6_ADDRSTRLEN);
    else if (peer->ss_family != AF_INET6)
        memcpy(text, "unknown", sizeof("unknown"));
    else if (IN6_IS_ADDR_V4MAPPED(v6))
        inet_ntop(AF_INET, &v6->s6_addr[12], text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, v6, text, INET6_ADDRSTRLEN);
}

/* The rightmost address that is not itself a trusted proxy: what stands left of it anybody can have written. */
static struct pryv_str forwarded_for(struct http_server *server, struct pryv_arena *mem, struct pryv_str list,
                                     struct pryv_str peer)
{
    struct pryv_str client = peer;

    while (list.len) {
        size_t start = list.len;

        while (start && list.data[start - 1] != ',')
            start--;

        struct pryv_str item = pryv_str_n(list.data + start, list.len - start);
        unsigned char parsed[16];

        while (item.len && (*item.data == ' ' || *item.data == '\t'))
            item = pryv_str_n(item.data + 1, item.len - 1);
        while (item.len && (item.data[item.len - 1] == ' ' || item.data[item.len - 1] == '\t'))
            item.len--;

        char *text = pryv_cstr(mem, item);

        if (!parse_address(text, parsed))
            return client;
        client = pryv_str_n(text, item.len);
        if (!networks_hold(server->proxies, server->proxy_count, text))
            return client;
        list.len = start ? start - 1 : 0;
    }
    return client;
}

void request_find_client(struct connection *c, struct pryv_request *rq)
{
    struct http_server *server = c->server;

    rq->address = pryv_str(c->address);
    rq->tls = server->tls != NULL;
    if (!networks_hold(server->proxies, server->proxy_count, c->address))
        return;

    struct pryv_str forwarded = pryv_request_header(rq, "x-forwarded-for");
    struct pryv_str scheme = pryv_request_header(rq, "x-forwarded-proto");

    rq->address = forwarded_for(server, rq->arena, forwarded, rq->address);
    if (scheme.data)
        rq->tls = pryv_str_equal(scheme, "https");
}

struct pryv_str pryv_request_network(const struct pryv_request *rq, struct pryv_arena *mem)
{
    enum { V6_NETWORK_BYTES = 8 };
    struct pryv_str address = pryv_request_address(rq);
    struct in6_addr parsed;
    char text[INET6_ADDRSTRLEN];

    if (!address.data || !parse_address(pryv_cstr(mem, address), parsed.s6_addr))
        return address;
    if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
        if (parsed.s6_addr[12] == 127)
            return PRYV_STR_NONE;
        inet_ntop(AF_INET, parsed.s6_addr + 12, text, sizeof(text));
        return pryv_str_copy(mem, pryv_str(text));
    }
    if (IN6_IS_ADDR_LOOPBACK(&parsed))
        return PRYV_STR_NONE;
    memset(parsed.s6_addr + V6_NETWORK_BYTES, 0, sizeof(parsed.s6_addr) - V6_NETWORK_BYTES);
    inet_ntop(AF_INET6, &parsed, text, sizeof(text));
    return pryv_str_copy(mem, pryv_str(text));
}
