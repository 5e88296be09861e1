/* http_timeouts.c - how long a client may take: over its head, its body, its answer, or nothing at all.
 *
 * A pause has a limit, and so has the whole: who sends or takes one byte now and then holds a place (with an answer even a thread) as long as
 * it likes. So a body on its way and an answer that waits must each move http.minBytesPerSecond on average in every window of
 * http.minRateWindowMs. A head has a time for its whole, http.headerTimeoutMs.
 */
#include "http_internal.h"
#include <linux/sockios.h>
#include <pryv/log.h>
#include <sys/ioctl.h>

#define LOG_NAME "http"

/* `bytes`: moved so far, ever. False: too few of them in the window that ends. */
static bool keeps_pace(struct http_pace *pace, uint64_t bytes, double now)
{
    double window = (double) settings.min_rate_window_ms / 1000;
    double least = window * (double) settings.min_bytes_per_second;
    bool kept = true;

    if (pace->end && now < pace->end)
        return true;
    if (pace->end)
        kept = (double) bytes - (double) pace->bytes_before >= least; /* TLS: a little may be counted back */
    *pace = (struct http_pace){ .end = now + window, .bytes_before = bytes };
    return kept;
}

/* Of what was sent, what the other side has acknowledged. The system takes megabytes ahead, and more only when a third of that is gone: what leaves our
 * buffer says little about a slow client. */
static uint64_t bytes_taken(const struct connection *c)
{
    int waiting = 0;

    if (ioctl(bufferevent_getfd(c->bev), SIOCOUTQ, &waiting) == -1 || waiting < 0)
        waiting = 0;
    return (uint64_t) waiting < c->sent ? c->sent - (uint64_t) waiting : 0;
}

/* A client must take something of what waits for it now and then, and enough of it in the long run. */
static bool takes_answers(struct connection *c, double now)
{
    uint64_t taken, before = c->taken;

    if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0) {
        c->send_deadline = 0;
        c->send_pace = (struct http_pace){ .end = 0 };
        return true;
    }
    taken = c->taken = bytes_taken(c);
    if (taken != before || c->send_deadline == 0)
        c->send_deadline = now + (double) settings.send_timeout_ms / 1000;
    return now < c->send_deadline && keeps_pace(&c->send_pace, taken, now);
}

void connection_sweep(struct connection *c, double now)
{
    bool in_time;

    if (!c->bev)
        return;
    if (!takes_answers(c, now)) {
        pryv_log_debug(LOG_NAME, "a client took too little of its answer for too long");
        connection_close(c);
        return;
    }
    in_time = !c->deadline || now < c->deadline;
    if (c->state == CONNECTION_BODY)
        in_time = keeps_pace(&c->body.pace, c->body.received, now) && in_time;
    if (in_time)
        return;
    if (c->state == CONNECTION_BODY || (c->state == CONNECTION_HEAD && c->scanned))
        connection_refuse(c, 408, "The request did not come in time");
    else
        connection_close(c);
}
