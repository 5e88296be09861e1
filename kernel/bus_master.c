/* bus_master.c - see bus_master.h. The master is one thread, so a packet's references are plain numbers. */
#include "bus_master.h"
#include "bus_wire.h"
#include <errno.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct bus_packet {
    size_t references;
    size_t len;
    unsigned char data[];
};

struct bus_entry {
    struct bus_entry *next;
    struct bus_packet *packet;
};

static void *must(void *memory)
{
    if (!memory) {
        pryv_log_error("bus", "out of memory");
        abort();
    }
    return memory;
}

struct bus_packet *bus_packet_new(const void *data, size_t len)
{
    struct bus_packet *packet = must(malloc(sizeof(*packet) + len));

    packet->references = 1;
    packet->len = len;
    memcpy(packet->data, data, len);
    return packet;
}

void bus_packet_release(struct bus_packet *packet)
{
    if (--packet->references == 0)
        free(packet);
}

void bus_peer_init(struct bus_peer *peer, int fd)
{
    *peer = (struct bus_peer){ .fd = fd };
}

static void append(struct bus_peer *peer, struct bus_packet *packet)
{
    struct bus_entry *entry = must(calloc(1, sizeof(*entry)));

    packet->references++;
    entry->packet = packet;
    if (peer->last)
        peer->last->next = entry;
    else
        peer->first = entry;
    peer->last = entry;
    peer->count++;
}

static void drop_first(struct bus_peer *peer)
{
    struct bus_entry *first = peer->first;

    peer->first = first->next;
    if (!peer->first)
        peer->last = NULL;
    peer->count--;
    bus_packet_release(first->packet);
    free(first);
}

void bus_peer_release(struct bus_peer *peer)
{
    while (peer->first)
        drop_first(peer);
}

bool bus_peer_waits(const struct bus_peer *peer)
{
    return peer->first != NULL;
}

void bus_peer_flush(struct bus_peer *peer)
{
    while (peer->first) {
        const struct bus_packet *packet = peer->first->packet;

        if (send(peer->fd, packet->data, packet->len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN || errno == ENOBUFS)
                return;
            /* The worker is gone; its end is seen elsewhere. */
        }
        drop_first(peer);
    }
}

void bus_peer_send(struct bus_peer *peer, struct bus_packet *packet, size_t limit)
{
    static const unsigned char resync[] = { BUS_RESYNC };

    if (peer->count < limit) {
        append(peer, packet);
    } else {
        struct bus_packet *instead = bus_packet_new(resync, sizeof(resync));

        bus_peer_release(peer);
        append(peer, instead);
        bus_packet_release(instead);
    }
    bus_peer_flush(peer);
}
