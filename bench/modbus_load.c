#include "modbus_load.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES 12
#define HEAD_BYTES    9 /* of an answer: MBAP, function, byte count */

static void give_up(const char *what)
{
    fprintf(stderr, "bench_modbus: %s: %s\n", what, strerror(errno));
    exit(3);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put_request(const struct load_target *t, uint8_t request[REQUEST_BYTES])
{
    static uint16_t transaction;
    put_be16(request, ++transaction);
    put_be16(request + 2, 0);
    put_be16(request + 4, 6);
    request[6] = t->unit;
    request[7] = 3;
    put_be16(request + 8, t->address);
    put_be16(request + 10, t->words);
}

int load_connect(const struct load_target *t)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(t->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        give_up("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void send_request(const struct load_target *t, int fd)
{
    uint8_t request[REQUEST_BYTES];
    put_request(t, request);
    if (send(fd, request, sizeof request, MSG_NOSIGNAL) != sizeof request)
        give_up("send");
}

/* One whole answer to the request that is open on this connection. */
static void receive_answer(const struct load_target *t, int fd)
{
    uint8_t answer[512];
    size_t wanted = HEAD_BYTES + 2u * t->words, got = 0;
    while (got < wanted) {
        ssize_t n = recv(fd, answer + got, sizeof answer - got, 0);
        if (n <= 0)
            give_up("receive");
        got += (size_t)n;
        if (got >= HEAD_BYTES && (answer[7] != 3 || answer[8] != 2 * t->words)) {
            fprintf(stderr, "bench_modbus: the answer is no read of %u words\n", t->words);
            exit(3);
        }
    }
}

static int open_epoll(const struct load_target *t, unsigned connections, int *fds)
{
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (poll < 0)
        give_up("epoll");
    for (unsigned i = 0; i < connections; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        fds[i] = load_connect(t);
        if (epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &e) != 0)
            give_up("epoll");
    }
    return poll;
}

static void close_all(int poll, unsigned connections, int *fds)
{
    for (unsigned i = 0; i < connections; i++)
        close(fds[i]);
    if (poll >= 0)
        close(poll);
    free(fds);
}

static double one_connection(const struct load_target *t, double seconds)
{
    int fd = load_connect(t);
    unsigned long answers = 0;
    double begun = now_s(), end = begun;
    while (end < begun + seconds) {
        for (int i = 0; i < 50; i++, answers++) {
            send_request(t, fd);
            receive_answer(t, fd);
        }
        end = now_s();
    }
    close(fd);
    return (double)answers / (end - begun);
}

double load_requests_per_s(const struct load_target *t, unsigned connections, double seconds)
{
    if (connections == 1)
        return one_connection(t, seconds); /* without epoll: less of the time is the generator's */
    int *fds = calloc(connections, sizeof *fds);
    int poll = open_epoll(t, connections, fds);
    unsigned long answers = 0;
    for (unsigned i = 0; i < connections; i++)
        send_request(t, fds[i]);
    double begun = now_s(), end = begun;
    while (end < begun + seconds) {
        struct epoll_event events[256];
        int n = epoll_wait(poll, events, 256, 1000);
        if (n < 0)
            give_up("epoll");
        for (int i = 0; i < n; i++, answers++) {
            int fd = fds[events[i].data.u32];
            receive_answer(t, fd);
            send_request(t, fd);
        }
        end = now_s();
    }
    close_all(poll, connections, fds);
    return (double)answers / (end - begun);
}

double load_half_frame_ms(const struct load_target *t, unsigned requests)
{
    uint8_t request[REQUEST_BYTES];
    int half = load_connect(t), other = load_connect(t);
    send_request(t, other);
    receive_answer(t, other);
    put_request(t, request);
    if (send(half, request, 7, MSG_NOSIGNAL) != 7)
        give_up("send");
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL); /* the half frame has arrived */
    double longest = 0;
    for (unsigned i = 0; i < requests; i++) {
        double begun = now_s();
        send_request(t, other);
        receive_answer(t, other);
        double took = now_s() - begun;
        longest = took > longest ? took : longest;
    }
    close(half);
    close(other);
    return 1000 * longest;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double load_percentile_99_ms(const struct load_target *t, unsigned connections, double period_ms,
                             double seconds)
{
    int *fds = calloc(connections, sizeof *fds);
    double *asked = calloc(connections, sizeof *asked);
    size_t total = (size_t)(seconds * 1000 / period_ms * connections), answers = 0, sent = 0;
    double *took = calloc(total, sizeof *took);
    int poll = open_epoll(t, connections, fds);
    double step = period_ms / 1000 / connections, begun = now_s();
    while (answers < total) {
        double now = now_s();
        if (sent < total && now >= begun + (double)sent * step) {
            unsigned i = (unsigned)(sent % connections);
            if (asked[i] == 0) { /* else: it still waits, and so does everything behind it */
                asked[i] = now;
                send_request(t, fds[i]);
                sent++;
            }
        }
        struct epoll_event events[64];
        double pause = sent < total ? fmax(0, begun + (double)sent * step - now_s()) : 1;
        struct timespec until_next = {(time_t)pause, (long)(1e9 * (pause - floor(pause)))};
        int n = epoll_pwait2(poll, events, 64, &until_next, NULL);
        for (int e = 0; e < n; e++) {
            unsigned i = events[e].data.u32;
            receive_answer(t, fds[i]);
            took[answers++] = now_s() - asked[i];
            asked[i] = 0;
        }
    }
    qsort(took, total, sizeof *took, by_size);
    double percentile = took[total * 99 / 100];
    close_all(poll, connections, fds);
    free(asked);
    free(took);
    return 1000 * percentile;
}

void load_open_idle(const struct load_target *t, unsigned connections, int *fds)
{
    for (unsigned i = 0; i < connections; i++) {
        fds[i] = load_connect(t);
        send_request(t, fds[i]);
        receive_answer(t, fds[i]);
    }
}
