/* load.c - loads an HTTP server over keep-alive connections and tells how fast it answered.
 *   load [-c CONNECTIONS] [-d SECONDS | -n REQUESTS] [-r REQUESTS_PER_SECOND] [-m VERB] [-H "Name: value"]... [-b BODY]... [-i IDLE]
 *        [-s SLOW] HOST PORT PATH
 * BODY may be @FILE; of several the requests take turns. Latency is to the last byte of the answer. Closed loop, or with -r open: requests are due at fixed times, and latency counts from
 * the time they were due, so a server that stalls is not flattered. "{n}" in BODY and PATH becomes the request's number, "{n%100}" its rest.
 * -i opens connections that only stay; -s clients that send one byte of a request a second; both beside the load.
 * One line of JSON at the end. Any status but 2xx, and any connection that breaks, counts as failed. */
#include "answer.h"
#include "marks.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, REQUEST_MAX = 512 * 1024, EVENTS = 512, BODIES = 256 };

static struct {
    int connections, idle, slow;
    double seconds, rate;
    uint64_t count; /* of requests; 0: as many as `seconds` take */
    const char *verb, *path, *host;
    const char *bodies[BODIES];
    size_t body_count;
    char headers[8 * 1024];
    int port;
} options = { .connections = 10, .seconds = 5, .verb = "GET" };

struct client {
    int fd;
    bool busy;
    double asked; /* or due, in the open loop */
    char *request;
    size_t request_len, request_sent;
    struct answer answer;
};

static struct client *clients;
static int *slow_fds;
static int epoll_fd;
static uint64_t asked_count, answered, failed, bytes;
static float *latencies;
static size_t latency_room;
static double start_time, due_next;

static double now_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static int open_connection(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t) options.port) };
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket");
    if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1)
        die("address");
    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void write_request(struct client *client, uint64_t number)
{
    static char path[8 * 1024];
    static char body[REQUEST_MAX / 2];
    const char *template = options.body_count ? options.bodies[number % options.body_count] : NULL;
    size_t body_len = template ? marks_replace(body, sizeof(body), template, number) : 0;
    int len;

    marks_replace(path, sizeof(path), options.path, number);
    len = snprintf(client->request, REQUEST_MAX, "%s %s HTTP/1.1\r\nHost: %s:%d\r\n%s", options.verb, path, options.host,
                   options.port, options.headers);
    if (template)
        len += snprintf(client->request + len, REQUEST_MAX - (size_t) len, "Content-Length: %zu\r\n\r\n", body_len);
    else
        len += snprintf(client->request + len, REQUEST_MAX - (size_t) len, "\r\n");
    memcpy(client->request + len, body, body_len);
    client->request_len = (size_t) len + body_len;
    client->request_sent = 0;
}

static void watch(struct client *client, bool writing)
{
    struct epoll_event event = { .events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = client };

    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &event) != 0)
        die("epoll_ctl");
}

static void connect_client(struct client *client)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

    client->fd = open_connection();
    client->busy = false;
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event) != 0)
        die("epoll_ctl");
}

static void reconnect(struct client *client)
{
    close(client->fd);
    connect_client(client);
}

static void send_rest(struct client *client)
{
    ssize_t sent =
        send(client->fd, client->request + client->request_sent, client->request_len - client->request_sent, MSG_NOSIGNAL);

    if (sent > 0)
        client->request_sent += (size_t) sent;
    else if (sent < 0 && errno != EAGAIN) {
        failed++;
        reconnect(client);
        return;
    }
    watch(client, client->request_sent < client->request_len);
}

static void ask(struct client *client, double since)
{
    write_request(client, asked_count++);
    client->asked = since;
    client->busy = true;
    answer_begin(&client->answer);
    ssize_t sent = send(client->fd, client->request, client->request_len, MSG_NOSIGNAL);

    client->request_sent = sent > 0 ? (size_t) sent : 0;
    if (client->request_sent < client->request_len)
        send_rest(client);
}

static void answer_over(struct client *client)
{
    double taken = now_seconds() - client->asked;

    client->busy = false;
    if (client->answer.status < 200 || client->answer.status > 299) {
        if (failed++ == 0)
            fprintf(stderr, "load: first failure: %.*s\n", (int) client->answer.head_len, client->answer.head);
        return;
    }
    if (answered == latency_room) {
        latency_room = latency_room ? latency_room * 2 : 1 << 16;
        latencies = realloc(latencies, latency_room * sizeof(*latencies));
        if (!latencies)
            die("memory");
    }
    latencies[answered++] = (float) taken;
}

static bool is_over(void)
{
    return options.count ? asked_count >= options.count : now_seconds() - start_time >= options.seconds;
}

static void next(struct client *client)
{
    if (client->busy || is_over())
        return;
    if (options.rate <= 0) {
        ask(client, now_seconds());
    } else if (due_next <= now_seconds()) {
        ask(client, due_next);
        due_next += 1 / options.rate;
    }
}

static void readable(struct client *client)
{
    static char buffer[READ_SIZE];
    ssize_t len = recv(client->fd, buffer, sizeof(buffer), 0);

    if (len < 0 && errno == EAGAIN)
        return;
    if (len <= 0) {
        failed += client->busy ? 1 : 0;
        reconnect(client);
        next(client);
        return;
    }
    bytes += (uint64_t) len;
    if (!client->busy || answer_take(&client->answer, buffer, (size_t) len))
        return;
    answer_over(client);
    if (strcasestr(client->answer.head, "\r\nconnection: close"))
        reconnect(client);
    next(client);
}

/* Slow clients: a byte of a head that never ends. */
static void slow_step(void)
{
    for (int i = 0; i < options.slow; i++)
        if (slow_fds[i] >= 0 && send(slow_fds[i], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN) {
            close(slow_fds[i]);
            slow_fds[i] = open_connection();
            if (send(slow_fds[i], "GET /slow HTTP/1.1\r\nX-Slow: ", 28, MSG_NOSIGNAL) < 0)
                slow_fds[i] = -1;
        }
}

static void open_slow_clients(void)
{
    slow_fds = calloc((size_t) options.slow + 1, sizeof(*slow_fds));
    for (int i = 0; i < options.slow; i++) {
        slow_fds[i] = open_connection();
        if (send(slow_fds[i], "GET /slow HTTP/1.1\r\nX-Slow: ", 28, MSG_NOSIGNAL) < 0)
            die("send");
    }
}

static bool still_busy(void)
{
    for (int i = 0; i < options.connections; i++)
        if (clients[i].busy)
            return true;
    return false;
}

static void run(void)
{
    struct epoll_event events[EVENTS];
    double last_slow = 0;

    start_time = due_next = now_seconds();
    for (int i = 0; i < options.connections; i++)
        next(&clients[i]);
    for (;;) {
        double time = now_seconds() - start_time;
        int wait = options.rate > 0 ? 1 : 100;
        int count;

        if (is_over() && (!still_busy() || (!options.count && time > options.seconds + 20)))
            break;
        count = epoll_wait(epoll_fd, events, EVENTS, wait);
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;

            if (events[i].events & EPOLLOUT)
                send_rest(client);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                readable(client);
        }
        if (options.rate > 0)
            for (int i = 0; i < options.connections && due_next <= now_seconds(); i++)
                next(&clients[i]);
        if (options.slow && now_seconds() - last_slow >= 1) {
            last_slow = now_seconds();
            slow_step();
        }
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *) a, y = *(const float *) b;

    return (x > y) - (x < y);
}

static double percentile(double share)
{
    size_t at = (size_t) (share * (double) answered);

    return answered ? 1000.0 * (double) latencies[at < answered ? at : answered - 1] : 0;
}

static void report(double seconds)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    qsort(latencies, answered, sizeof(*latencies), by_value);
    printf("{\"requests\":%llu,\"failed\":%llu,\"seconds\":%.3f,\"perSecond\":%.1f,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,"
           "\"max\":%.3f,"
           "\"bytes\":%llu,\"cpu\":%.2f}\n",
           (unsigned long long) answered, (unsigned long long) failed, seconds, (double) answered / seconds, percentile(0.5),
           percentile(0.95), percentile(0.99), percentile(1), (unsigned long long) bytes,
           (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

static void add_header(const char *header)
{
    size_t len = strlen(options.headers);

    snprintf(options.headers + len, sizeof(options.headers) - len, "%s\r\n", header);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, REQUEST_MAX / 2);

    if (!file || !text || fread(text, 1, REQUEST_MAX / 2 - 1, file) == 0)
        die(path);
    fclose(file);
    return text;
}

static void read_options(int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "c:d:n:r:m:H:b:i:s:")) != -1) {
        switch (option) {
        case 'c': options.connections = (int) strtol(optarg, NULL, 10); break;
        case 'd': options.seconds = strtod(optarg, NULL); break;
        case 'n': options.count = strtoull(optarg, NULL, 10); break;
        case 'r': options.rate = strtod(optarg, NULL); break;
        case 'm': options.verb = optarg; break;
        case 'H': add_header(optarg); break;
        case 'b':
            if (options.body_count == BODIES)
                exit(2);
            options.bodies[options.body_count++] = *optarg == '@' ? read_file(optarg + 1) : optarg;
            break;
        case 'i': options.idle = (int) strtol(optarg, NULL, 10); break;
        case 's': options.slow = (int) strtol(optarg, NULL, 10); break;
        default: exit(2);
        }
    }
    if (argc - optind != 3) {
        fprintf(stderr, "usage: load [OPTIONS] HOST PORT PATH\n");
        exit(2);
    }
    options.host = argv[optind];
    options.port = (int) strtol(argv[optind + 1], NULL, 10);
    options.path = argv[optind + 2];
}

int main(int argc, char **argv)
{
    struct rlimit files;

    read_options(argc, argv);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options.idle; i++)
        open_connection();
    open_slow_clients();
    clients = calloc((size_t) options.connections + 1, sizeof(*clients));
    for (int i = 0; i < options.connections; i++) {
        clients[i].request = malloc(REQUEST_MAX);
        if (!clients[i].request)
            die("memory");
        connect_client(&clients[i]);
    }
    run();
    report(now_seconds() - start_time);
    return failed ? 1 : 0;
}
