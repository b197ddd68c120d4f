/* A load generator for Modbus TCP servers on the loopback: the same reads for whoever serves them. */
#ifndef BENCH_MODBUS_LOAD_H
#define BENCH_MODBUS_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct load_target {
    uint16_t port;
    uint8_t unit;
    uint16_t address, words; /* what each request reads */
};

/* A connection; ends the program with a message if there is none. */
int load_connect(const struct load_target *target);

/* Requests that are answered per second: each connection asks again as soon as it has its answer. */
double load_requests_per_s(const struct load_target *target, unsigned connections, double seconds);

/* Longest time in ms that one client waits for one of `requests` answers, while another has sent half a
 * frame and nothing more. */
double load_half_frame_ms(const struct load_target *target, unsigned requests);

/* 99th percentile of the time in ms that an answer takes, when each of `connections` asks once every
 * `period_ms`, evenly spread, for so many seconds. */
double load_percentile_99_ms(const struct load_target *target, unsigned connections,
                             double period_ms, double seconds);

/* Opens connections, asks once on each, and keeps them open; the file descriptors go to `fds`. */
void load_open_idle(const struct load_target *target, unsigned connections, int *fds);

#endif
