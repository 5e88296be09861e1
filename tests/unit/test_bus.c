/* The bus: every message once, in order; a reader that is too slow is told so instead of being sent a backlog. */
#include "../../kernel/bus.h"
#include "../../kernel/bus_master.h"
#include "../../kernel/bus_wire.h"
#include "../../kernel/settings.h"
#include <criterion/criterion.h>
#include <event2/event.h>
#include <pryv/bus.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 4, EACH = 200 };

static struct event_base *base;
static int pair[2];

struct seen {
    size_t messages, resyncs;
    int last[THREADS];
    char text[512];
};

static void setup(void)
{
    settings.bus_max_message_bytes = 4096;
    settings.bus_queue_messages = 10000;
    base = event_base_new();
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    bus_attach(base, pair[0]);
}

static void teardown(void)
{
    bus_detach();
    close(pair[0]);
    close(pair[1]);
    event_base_free(base);
}

#define BUS_TEST(name) Test(bus, name, .init = setup, .fini = teardown)

static void note(void *self, const char *topic, struct pryv_str user_id, struct pryv_str payload)
{
    struct seen *seen = self;

    if (strcmp(topic, "resync") == 0)
        seen->resyncs++;
    else
        seen->messages++;
    snprintf(seen->text + strlen(seen->text), sizeof(seen->text) - strlen(seen->text), "%s/%.*s/%.*s%s ", topic,
             PRYV_STR_ARG(user_id), PRYV_STR_ARG(payload), payload.data ? "" : "-");
}

static void turn(void)
{
    event_base_loop(base, EVLOOP_NONBLOCK);
    event_base_loop(base, EVLOOP_NONBLOCK);
}

BUS_TEST(own_subscribers_and_the_master_get_it_once)
{
    struct seen one = { .messages = 0 }, all = { .messages = 0 };
    unsigned char packet[256];

    pryv_subscribe("eventsChanged", note, &one);
    pryv_subscribe("*", note, &all);
    pryv_publish("eventsChanged", PRYV_STR("u1"), PRYV_STR("{}"));
    pryv_publish("other", PRYV_STR_NONE, PRYV_STR_NONE);
    pryv_publish("eventsChanged", PRYV_STR(""), PRYV_STR(""));
    turn();
    cr_assert_str_eq(one.text, "eventsChanged/u1/{} eventsChanged// ");
    cr_assert_str_eq(all.text, "eventsChanged/u1/{} other//- eventsChanged// ");
    for (int i = 0; i < 3; i++)
        cr_assert_gt(recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT), BUS_HEAD_BYTES);
    cr_assert_eq(recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT), -1);
}

BUS_TEST(what_the_master_sends_is_what_another_worker_published)
{
    struct seen seen = { .messages = 0 };
    unsigned char packet[256];
    ssize_t len;

    pryv_publish("topic", PRYV_STR("user"), PRYV_STR("payload"));
    turn();
    len = recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT);
    cr_assert_gt(len, 0);
    pryv_subscribe("topic", note, &seen);
    cr_assert_eq(send(pair[1], packet, (size_t) len, MSG_DONTWAIT), len);
    turn();
    cr_assert_str_eq(seen.text, "topic/user/payload ");
}

BUS_TEST(broken_packets_are_dropped)
{
    static const char *const packets[] = { "m", "m\xff", "m\x05\x01", "m\x05\x09\x01\x01topic", "z....", "m\x41\x01\x01\x01x" };
    struct seen seen = { .messages = 0 };

    pryv_subscribe("*", note, &seen);
    for (size_t i = 0; i < PRYV_COUNT(packets); i++)
        cr_assert_gt(send(pair[1], packets[i], strlen(packets[i]), MSG_DONTWAIT), 0);
    turn();
    cr_assert_eq(seen.messages + seen.resyncs, 0, "%s", seen.text);
}

BUS_TEST(too_long_or_too_many_is_told_as_resync)
{
    static char long_text[8192];
    struct seen seen = { .messages = 0 };

    memset(long_text, 'x', sizeof(long_text));
    pryv_subscribe("topic", note, &seen);
    pryv_publish("topic", PRYV_STR_NONE, pryv_str_n(long_text, sizeof(long_text)));
    turn();
    cr_assert_eq(seen.messages, 0);
    cr_assert_eq(seen.resyncs, 1);
    settings.bus_queue_messages = 16;
    for (int i = 0; i < 50; i++)
        pryv_publish("topic", PRYV_STR_NONE, PRYV_STR_NONE);
    turn();
    cr_assert_eq(seen.messages, 16);
    cr_assert_eq(seen.resyncs, 2);
}

static void check_order(void *self, const char *topic PRYV_UNUSED, struct pryv_str user_id, struct pryv_str payload)
{
    struct seen *seen = self;
    int sender = user_id.data[0] - '0', number = 0;

    for (size_t i = 0; i < payload.len; i++)
        number = number * 10 + (payload.data[i] - '0');
    cr_assert_eq(number, seen->last[sender] + 1);
    seen->last[sender] = number;
    seen->messages++;
}

static void *publish_many(void *arg)
{
    const char *name = arg;

    for (int i = 1; i <= EACH; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        pryv_publish("topic", pryv_str(name), pryv_str(text));
    }
    return NULL;
}

BUS_TEST(threads_publish_in_order_per_sender)
{
    static char names[THREADS][2] = { "0", "1", "2", "3" };
    struct seen seen = { .messages = 0 };
    pthread_t threads[THREADS];

    pryv_subscribe("topic", check_order, &seen);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, publish_many, names[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    turn();
    cr_assert_eq(seen.messages, THREADS * EACH);
}

BUS_TEST(a_slow_worker_gets_one_resync_instead_of_a_backlog)
{
    struct bus_peer peer;
    char packet[1024] = { BUS_MESSAGE };
    size_t got = 0, resyncs = 0;

    bus_peer_init(&peer, pair[1]);
    for (int i = 0; i < 5000; i++) {
        struct bus_packet *one = bus_packet_new(packet, sizeof(packet));

        bus_peer_send(&peer, one, 32);
        bus_packet_release(one);
        cr_assert_leq(peer.count, 32);
    }
    cr_assert(bus_peer_waits(&peer));
    for (;;) {
        char read[2048];
        ssize_t len = recv(pair[0], read, sizeof(read), MSG_DONTWAIT);

        bus_peer_flush(&peer);
        if (len == -1)
            break;
        got++;
        resyncs += read[0] == BUS_RESYNC;
    }
    cr_assert_not(bus_peer_waits(&peer));
    cr_assert_geq(resyncs, 1);
    cr_assert_lt(got, 5000);
    bus_peer_release(&peer);
}
