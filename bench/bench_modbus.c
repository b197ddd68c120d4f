/* Modbus TCP: requests per second beside a libmodbus server, and how clients disturb each other. Prints
 * its part of bench.json. */
#include "base/json.h"
#include "modbus_load.h"
#include "modbus_servers.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROUNDS        30 /* of each measurement, the least disturbed counts: other programs run, too */
#define ROUND_S       0.12
#define HALF_ROUNDS   5
#define HALF_REQUESTS 100
#define CLIENTS       200
#define PERIOD_MS     100 /* each client asks ten times a second */
#define PACED_ROUNDS  3
#define PACED_S       2
#define IDLE          1000

/* Both servers take turns, so that what else the machine does hits both. */
static void compare(struct json *out, const char *key, const struct load_target *ours,
                    const struct load_target *theirs, unsigned connections)
{
    double here = 0, there = 0;
    load_requests_per_s(ours, connections, ROUND_S); /* warm up */
    load_requests_per_s(theirs, connections, ROUND_S);
    for (unsigned i = 0; i < ROUNDS; i++) {
        here = fmax(here, load_requests_per_s(ours, connections, ROUND_S));
        there = fmax(there, load_requests_per_s(theirs, connections, ROUND_S));
    }
    json_put_key(out, key);
    json_put_object(out);
    json_put_key_number(out, "requests_per_s", here);
    json_put_key_number(out, "libmodbus_requests_per_s", there);
    json_put_key_number(out, "ratio", here / there);
    json_put_end_object(out);
}

static double half_frame_ms(const struct load_target *target)
{
    double least = INFINITY;
    for (unsigned i = 0; i < HALF_ROUNDS; i++)
        least = fmin(least, load_half_frame_ms(target, HALF_REQUESTS));
    return least;
}

static double percentile_99_ms(const struct load_target *target)
{
    double least = INFINITY;
    for (unsigned i = 0; i < PACED_ROUNDS; i++)
        least = fmin(least, load_percentile_99_ms(target, CLIENTS, PERIOD_MS, PACED_S));
    return least;
}

static double idle_mib(const struct bench_server *server, const struct load_target *target)
{
    static int fds[IDLE];
    double before = server_resident_bytes(server);
    load_open_idle(target, IDLE, fds);
    double cost = server_resident_bytes(server) - before;
    for (unsigned i = 0; i < IDLE; i++)
        close(fds[i]);
    return cost / (1024 * 1024);
}

int main(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &files);

    struct bench_server ours = server_ours(), theirs = server_libmodbus();
    struct load_target us = {ours.port, BENCH_UNIT, BENCH_ADDRESS, BENCH_WORDS};
    struct load_target them = {theirs.port, BENCH_UNIT, BENCH_ADDRESS, BENCH_WORDS};
    struct text text;
    struct json out;
    text_init(&text, 0);
    json_init(&out, &text, 2);
    json_put_object(&out);
    json_put_key(&out, "modbus");
    json_put_object(&out);
    double idle = idle_mib(&ours, &us); /* first: later the allocator has memory to give again */
    compare(&out, "connections_1", &us, &them, 1);
    compare(&out, "connections_100", &us, &them, 100);
    json_put_key_number(&out, "half_frame_other_client_ms", half_frame_ms(&us));
    json_put_key_number(&out, "libmodbus_half_frame_other_client_ms", half_frame_ms(&them));
    json_put_key_number(&out, "p99_ms_200_clients", percentile_99_ms(&us));
    json_put_key_number(&out, "idle_1000_mib", idle);
    json_put_end_object(&out);
    json_put_end_object(&out);
    server_end(&ours);
    server_end(&theirs);
    if (text.failed)
        return 3;
    puts(text.bytes);
    text_free(&text);
    return 0;
}
