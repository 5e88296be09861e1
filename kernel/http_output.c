/* http_output.c - what leaves for the client.
 *
 * A socket nearly always takes an answer whole: to write at once spares the loop from watching it. What is left, errors too, is the bufferevent's,
 * which writes while EV_WRITE is enabled: as long as bytes wait, and with TLS always. */
#include "http_internal.h"

enum { WRITE_AT_ONCE = 512 * 1024 };

/* The writer may go on when the client has taken enough. */
static void count_taken(struct pryv_request *rq, size_t bytes)
{
    struct http_reply *reply = rq->reply;

    pthread_mutex_lock(&reply->lock);
    reply->unsent = bytes < reply->unsent ? reply->unsent - bytes : 0;
    if (reply->unsent <= (size_t) settings.send_buffer_bytes)
        pthread_cond_signal(&reply->taken);
    pthread_mutex_unlock(&reply->lock);
}

static void on_taken(struct evbuffer *output PRYV_UNUSED, const struct evbuffer_cb_info *info, void *c_)
{
    struct connection *c = c_;

    if (info->n_deleted == 0)
        return;
    c->sent += info->n_deleted;
    if (c->busy && c->request)
        count_taken(c->request, info->n_deleted);
}

void connection_output_begin(struct connection *c)
{
    evbuffer_add_cb(bufferevent_get_output(c->bev), on_taken, c);
    bufferevent_set_max_single_write(c->bev, WRITE_AT_ONCE); /* else 16 KiB a turn of the loop */
    if (c->server->tls)
        bufferevent_enable(c->bev, EV_WRITE);
    else
        bufferevent_disable(c->bev, EV_WRITE);
}

void connection_output_end(struct connection *c)
{
    evbuffer_remove_cb(bufferevent_get_output(c->bev), on_taken, c); /* the buffer may live a little longer than the connection */
}

void connection_write(struct connection *c)
{
    struct evbuffer *output = bufferevent_get_output(c->bev);

    if (bufferevent_get_enabled(c->bev) & EV_WRITE)
        return;
    evbuffer_unfreeze(output, 1);
    for (int i = 0; i < 2 && evbuffer_get_length(output) > 0; i++) /* a head and the file behind it take two */
        evbuffer_write_atmost(output, bufferevent_getfd(c->bev), WRITE_AT_ONCE);
    evbuffer_freeze(output, 1);
    if (evbuffer_get_length(output) > 0)
        bufferevent_enable(c->bev, EV_WRITE);
}

void connection_written(struct connection *c)
{
    if (!c->server->tls)
        bufferevent_disable(c->bev, EV_WRITE);
}

void connection_send(struct connection *c)
{
    struct pryv_request *rq = c->request;
    struct http_reply *reply = rq->reply;

    pthread_mutex_lock(&reply->lock);
    if (c->bev)
        evbuffer_add_buffer(bufferevent_get_output(c->bev), reply->out);
    else
        evbuffer_drain(reply->out, evbuffer_get_length(reply->out));
    pthread_cond_signal(&reply->taken);
    pthread_mutex_unlock(&reply->lock);
    if (c->bev)
        connection_write(c);
}

void connection_client_left(struct connection *c)
{
    struct http_reply *reply = c->request->reply;

    pthread_mutex_lock(&reply->lock);
    reply->gone = true;
    pthread_cond_signal(&reply->taken);
    pthread_mutex_unlock(&reply->lock);
}
