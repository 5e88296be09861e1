/* bus.c - a worker's end of the bus; see pryv/bus.h.
 *
 * Any thread appends to `fresh` and wakes the loop; the loop tells this worker's subscribers and sends the message to the master, which
 * tells the other workers. Both queues have a ceiling (bus.queueMessages): past it messages are dropped and "resync" goes in their place.
 */
#include "bus.h"
#include "bus_wire.h"
#include "settings.h"
#include <errno.h>
#include <event2/event.h>
#include <pryv/bus.h>
#include <pryv/log.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_AT_ONCE = 64 };

struct message {
    struct message *next;
    size_t len;
    unsigned char packet[];
};

struct queue {
    struct message *first, *last;
    size_t count;
};

struct subscriber {
    struct subscriber *next;
    const char *topic;
    pryv_subscriber fn;
    void *self;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of fresh and lost */
static struct queue fresh;
static bool lost;

/* The loop's own. */
static struct queue unsent;
static struct subscriber *subscribers;
static int wake_fd = -1, bus_fd = -1;
static struct event *wake_event, *read_event, *write_event;

static void append(struct queue *queue, struct message *message)
{
    message->next = NULL;
    if (queue->last)
        queue->last->next = message;
    else
        queue->first = message;
    queue->last = message;
    queue->count++;
}

static struct message *take_first(struct queue *queue)
{
    struct message *first = queue->first;

    if (!first)
        return NULL;
    queue->first = first->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    return first;
}

static void drop_all(struct queue *queue)
{
    for (struct message *message = take_first(queue); message; message = take_first(queue))
        free(message);
}

static struct message *message_new(size_t len)
{
    struct message *message = malloc(sizeof(*message) + len);

    if (!message) {
        pryv_log_error("bus", "out of memory");
        abort();
    }
    message->len = len;
    return message;
}

static struct message *resync_new(void)
{
    struct message *message = message_new(1);

    message->packet[0] = BUS_RESYNC;
    return message;
}

/* NULL: does not fit a packet. */
static struct message *pack(const char *topic, struct pryv_str user_id, struct pryv_str payload)
{
    size_t topic_len = strlen(topic);

    if (topic_len > BUS_TOPIC_BYTES || user_id.len > BUS_USER_BYTES || payload.len > (size_t) settings.bus_max_message_bytes)
        return NULL;

    struct message *message = message_new(BUS_HEAD_BYTES + topic_len + user_id.len + payload.len);
    unsigned char *at = message->packet;
    size_t user_len = user_id.data ? user_id.len : 0xffff;

    at[0] = BUS_MESSAGE;
    at[1] = (unsigned char) topic_len;
    at[2] = (unsigned char) (user_len & 0xff);
    at[3] = (unsigned char) (user_len >> 8);
    at[4] = payload.data != NULL;
    memcpy(at + BUS_HEAD_BYTES, topic, topic_len);
    if (user_id.len)
        memcpy(at + BUS_HEAD_BYTES + topic_len, user_id.data, user_id.len);
    if (payload.len)
        memcpy(at + BUS_HEAD_BYTES + topic_len + user_id.len, payload.data, payload.len);
    return message;
}

static void wake(void)
{
    uint64_t one = 1;

    if (write(wake_fd, &one, sizeof(one)) == -1 && errno != EAGAIN)
        pryv_log_error("bus", "the loop cannot be woken: %s", strerror(errno));
}

void pryv_publish(const char *topic, struct pryv_str user_id, struct pryv_str payload)
{
    if (wake_fd == -1)
        return; /* a check: nobody listens */

    struct message *message = pack(topic, user_id, payload);

    if (!message)
        pryv_log_warn("bus", "a message on %.64s is longer than bus.maxMessageBytes; workers are told to start afresh", topic);
    pthread_mutex_lock(&lock);
    if (message && fresh.count < (size_t) settings.bus_queue_messages) {
        append(&fresh, message);
        message = NULL;
    } else {
        lost = true;
    }
    pthread_mutex_unlock(&lock);
    free(message);
    wake();
}

void pryv_subscribe(const char *topic, pryv_subscriber fn, void *self)
{
    struct subscriber *subscriber = calloc(1, sizeof(*subscriber));
    struct subscriber **end = &subscribers;

    if (!subscriber)
        abort();
    *subscriber = (struct subscriber){ .topic = topic, .fn = fn, .self = self };
    while (*end)
        end = &(*end)->next;
    *end = subscriber;
}

static void deliver(const char *topic, struct pryv_str user_id, struct pryv_str payload)
{
    bool to_all = strcmp(topic, "resync") == 0;

    for (struct subscriber *subscriber = subscribers; subscriber; subscriber = subscriber->next)
        if (to_all || strcmp(subscriber->topic, "*") == 0 || strcmp(subscriber->topic, topic) == 0)
            subscriber->fn(subscriber->self, topic, user_id, payload);
}

static void deliver_packet(const unsigned char *packet, size_t len)
{
    if (len >= 1 && packet[0] == BUS_RESYNC) {
        deliver("resync", PRYV_STR_NONE, PRYV_STR_NONE);
        return;
    }
    if (len < BUS_HEAD_BYTES || packet[0] != BUS_MESSAGE || packet[1] > BUS_TOPIC_BYTES)
        return;

    const char *text = (const char *) packet + BUS_HEAD_BYTES;
    size_t topic_len = packet[1];
    size_t user_len = packet[2] | (size_t) packet[3] << 8;
    bool has_user = user_len != 0xffff;
    char topic[BUS_TOPIC_BYTES + 1];

    if (!has_user)
        user_len = 0;
    if (len < BUS_HEAD_BYTES + topic_len + user_len)
        return;
    memcpy(topic, text, topic_len);
    topic[topic_len] = '\0';

    const char *user = text + topic_len;
    struct pryv_str payload = pryv_str_n(user + user_len, len - BUS_HEAD_BYTES - topic_len - user_len);

    deliver(topic, has_user ? pryv_str_n(user, user_len) : PRYV_STR_NONE, packet[4] ? payload : PRYV_STR_NONE);
}

static void send_unsent(void)
{
    while (unsent.first) {
        struct message *message = unsent.first;

        if (send(bus_fd, message->packet, message->len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN || errno == ENOBUFS) {
                event_add(write_event, NULL);
                return;
            }
            pryv_log_debug("bus", "the master cannot be reached: %s", strerror(errno));
        }
        free(take_first(&unsent));
    }
}

static void queue_for_master(struct message *message)
{
    if (unsent.count >= (size_t) settings.bus_queue_messages) {
        free(message);
        drop_all(&unsent);
        message = resync_new();
    }
    append(&unsent, message);
}

static void on_wake(evutil_socket_t fd, short what PRYV_UNUSED, void *arg PRYV_UNUSED)
{
    struct queue taken;
    bool some_lost;
    uint64_t count;

    if (read(fd, &count, sizeof(count)) == -1 && errno != EAGAIN)
        pryv_log_error("bus", "eventfd: %s", strerror(errno));
    pthread_mutex_lock(&lock);
    taken = fresh;
    some_lost = lost;
    fresh = (struct queue){ .first = NULL };
    lost = false;
    pthread_mutex_unlock(&lock);

    for (struct message *message = take_first(&taken); message; message = take_first(&taken)) {
        deliver_packet(message->packet, message->len);
        queue_for_master(message);
    }
    if (some_lost) {
        deliver("resync", PRYV_STR_NONE, PRYV_STR_NONE);
        queue_for_master(resync_new());
    }
    send_unsent();
}

static void on_writable(evutil_socket_t fd PRYV_UNUSED, short what PRYV_UNUSED, void *arg PRYV_UNUSED)
{
    send_unsent();
}

static void on_readable(evutil_socket_t fd, short what PRYV_UNUSED, void *arg PRYV_UNUSED)
{
    static unsigned char packet[BUS_PACKET_BYTES];

    for (int i = 0; i < READ_AT_ONCE; i++) {
        ssize_t len = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);

        if (len > 0) {
            deliver_packet(packet, (size_t) len);
        } else if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
            event_del(read_event);
            pryv_log_warn("bus", "the master is gone; this worker ends");
            raise(SIGTERM);
            return;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

void bus_attach(struct event_base *base, int master_fd)
{
    bus_fd = master_fd;
    wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd == -1) {
        pryv_log_error("bus", "eventfd: %s", strerror(errno));
        abort();
    }
    wake_event = event_new(base, wake_fd, EV_READ | EV_PERSIST, on_wake, NULL);
    read_event = event_new(base, bus_fd, EV_READ | EV_PERSIST, on_readable, NULL);
    write_event = event_new(base, bus_fd, EV_WRITE, on_writable, NULL);
    event_add(wake_event, NULL);
    event_add(read_event, NULL);
}

void bus_detach(void)
{
    if (wake_fd == -1)
        return;
    on_wake(wake_fd, 0, NULL); /* what the last requests published */
    event_free(wake_event);
    event_free(read_event);
    event_free(write_event);
    close(wake_fd);
    wake_fd = bus_fd = -1;
    drop_all(&fresh);
    drop_all(&unsent);
    for (struct subscriber *next; subscribers; subscribers = next) {
        next = subscribers->next;
        free(subscribers);
    }
}
