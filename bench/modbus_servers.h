/* The two servers that are compared, each in a process of its own: ours with its map over a table that
 * a thread fills, and libmodbus as its examples use it (one process, select, a mapping in memory). */
#ifndef BENCH_MODBUS_SERVERS_H
#define BENCH_MODBUS_SERVERS_H

#include <stdint.h>
#include <sys/types.h>

struct bench_server {
    pid_t pid;
    uint16_t port; /* on the loopback */
};

/* What both serve: a load's page from here on, at this unit id. */
#define BENCH_UNIT    3
#define BENCH_ADDRESS 18432
#define BENCH_WORDS   50

struct bench_server server_ours(void);
struct bench_server server_libmodbus(void);

/* Ends the server and waits for that; it also ends when the bench does. */
void server_end(const struct bench_server *server);

/* Memory that the server's process holds, in bytes. */
double server_resident_bytes(const struct bench_server *server);

#endif
