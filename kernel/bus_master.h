/* bus_master.h - the master's end of the bus: packets to a worker, kept while it is slow to take them. */
#ifndef KERNEL_BUS_MASTER_H
#define KERNEL_BUS_MASTER_H

#include <stdbool.h>
#include <stddef.h>

struct bus_packet;
struct bus_entry;

struct bus_peer {
    int fd;
    struct bus_entry *first, *last;
    size_t count;
};

void bus_peer_init(struct bus_peer *peer, int fd);
/* Does not close fd. */
void bus_peer_release(struct bus_peer *peer);

/* A packet for any number of peers; the caller has one reference. */
struct bus_packet *bus_packet_new(const void *data, size_t len);
void bus_packet_release(struct bus_packet *packet);
/* Send it, or keep it with a reference of its own. When `limit` packets wait, all are dropped for one that says "resync". */
void bus_peer_send(struct bus_peer *peer, struct bus_packet *packet, size_t limit);
/* There is something to send when the socket can take it. */
bool bus_peer_waits(const struct bus_peer *peer);
void bus_peer_flush(struct bus_peer *peer);

#endif
