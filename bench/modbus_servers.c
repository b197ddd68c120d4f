#include "modbus_servers.h"

#include "modbus_house.h"
#include "protocol/modbus/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <modbus.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void give_up(const char *what)
{
    fprintf(stderr, "bench_modbus: %s: %s\n", what, strerror(errno));
    exit(3);
}

/* Runs `serve` in a child that is told where to report its port, and waits for that. */
static struct bench_server start(void (*serve)(int report))
{
    int report[2];
    struct bench_server s = {0};
    if (pipe(report) != 0)
        give_up("pipe");
    s.pid = fork();
    if (s.pid < 0)
        give_up("fork");
    if (s.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(report[1]);
        _exit(3);
    }
    close(report[1]);
    if (read(report[0], &s.port, sizeof s.port) != sizeof s.port)
        give_up("the server did not start");
    close(report[0]);
    return s;
}

void server_end(const struct bench_server *s)
{
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
}

double server_resident_bytes(const struct bench_server *s)
{
    char path[64];
    long size = 0, resident = 0;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)s->pid);
    FILE *f = fopen(path, "r");
    if (!f || fscanf(f, "%ld %ld", &size, &resident) != 2)
        give_up(path);
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* --- Ours ------------------------------------------------------------------------------------------- */

static struct plant plant;
static struct table *table;

/* Five windows a second for every load, as metrology publishes them. */
static void *publish(void *argument)
{
    (void)argument;
    for (;;) {
        for (unsigned d = 0; d < plant.device_count; d++)
            for (unsigned l = 0; l < plant.device[d].load_count; l++) {
                struct quantity_set set;
                modbus_house_values(&plant, &plant.device[d].load[l], &set);
                table_publish(table, plant.device[d].load[l].point, &set);
                table_commit(table, plant.device[d].load[l].point, set.energy_mj);
            }
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    }
    return NULL;
}

static void serve_ours(int report)
{
    struct modbus_server_config config = modbus_server_defaults();
    struct fault fault;
    uv_loop_t loop;
    pthread_t writer;
    config.host = "127.0.0.1";
    config.port = 0;
    config.max_clients = 2000;
    modbus_house_plant(&plant);
    table = modbus_house_table(&plant);
    uv_loop_init(&loop);
    struct modbus_server *server = modbus_server_start(&loop, &config, &plant, table, &fault);
    if (!server) {
        fprintf(stderr, "%s\n", fault.text);
        _exit(3);
    }
    uint16_t port = modbus_server_port(server);
    if (pthread_create(&writer, NULL, publish, NULL) != 0 ||
        write(report, &port, sizeof port) != sizeof port)
        _exit(3);
    uv_run(&loop, UV_RUN_DEFAULT);
}

struct bench_server server_ours(void)
{
    return start(serve_ours);
}

/* --- libmodbus ----------------------------------------------------------------------------------------- */

static uint16_t port_of(int listener)
{
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    getsockname(listener, (struct sockaddr *)&at, &length);
    return ntohs(at.sin_port);
}

/* After libmodbus' tests/bandwidth-server-many-up.c: select over listener and clients. */
static void serve_libmodbus(int report)
{
    modbus_t *m = modbus_new_tcp("127.0.0.1", 0);
    modbus_mapping_t *map =
        modbus_mapping_new_start_address(0, 0, 0, 0, BENCH_ADDRESS, 125, BENCH_ADDRESS, 125);
    int listener = m && map ? modbus_tcp_listen(m, 512) : -1;
    if (listener < 0)
        _exit(3);
    uint16_t port = port_of(listener);
    if (write(report, &port, sizeof port) != sizeof port)
        _exit(3);
    fd_set all;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    int last = listener;
    for (;;) {
        fd_set ready = all;
        if (select(last + 1, &ready, NULL, NULL, NULL) < 0)
            _exit(3);
        for (int fd = 0; fd <= last; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd == listener) {
                int client = accept(listener, NULL, NULL);
                if (client >= 0 && client < FD_SETSIZE)
                    FD_SET(client, &all);
                last = client > last ? client : last;
                continue;
            }
            uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
            modbus_set_socket(m, fd);
            int n = modbus_receive(m, query);
            if (n > 0) {
                modbus_reply(m, query, n, map);
            } else if (n < 0) {
                close(fd);
                FD_CLR(fd, &all);
            }
        }
    }
}

struct bench_server server_libmodbus(void)
{
    return start(serve_libmodbus);
}
