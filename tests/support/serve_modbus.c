/* Serves the house of modbus_house.h at a free port of the loopback until standard input ends. Prints
 * one line of JSON when it serves (port, plant, values), another at the end (counters).
 *
 *   serve_modbus [rtu] [idle ms] [stall ms] [most clients] */
#include "modbus_house.h"
#include "protocol/modbus/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct modbus_server *server;
static char input[64];

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle, (void)suggested;
    *buffer = uv_buf_init(input, sizeof input);
}

static void print(struct json *j, struct text *text)
{
    json_put_end_object(j);
    text_puts(text, "\n");
    if (text->failed)
        abort();
    fputs(text->bytes, stdout);
    fflush(stdout);
    text_free(text);
}

static void begin(struct json *j, struct text *text)
{
    text_init(text, 0);
    json_init(j, text, 0);
    json_put_object(j);
}

static void on_input(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer)
{
    (void)buffer;
    if (bytes >= 0)
        return;
    struct modbus_server_counters c = modbus_server_counters(server);
    struct text text;
    struct json j;
    begin(&j, &text);
    json_put_key_integer(&j, "clients", c.clients);
    json_put_key_integer(&j, "accepted", (int64_t)c.accepted);
    json_put_key_integer(&j, "refused", (int64_t)c.refused);
    json_put_key_integer(&j, "bad", (int64_t)c.bad);
    json_put_key_integer(&j, "idle", (int64_t)c.idle);
    json_put_key_integer(&j, "stalled", (int64_t)c.stalled);
    json_put_key_integer(&j, "requests", (int64_t)c.bus.requests);
    json_put_key_integer(&j, "registers", (int64_t)c.bus.registers);
    json_put_key_integer(&j, "exceptions", (int64_t)c.bus.exceptions);
    json_put_key_integer(&j, "writes_refused", (int64_t)c.bus.writes_refused);
    json_put_key_integer(&j, "unknown_units", (int64_t)c.bus.unknown_units);
    print(&j, &text);
    modbus_server_stop(server);
    uv_close((uv_handle_t *)stream, NULL);
}

int main(int argc, char **argv)
{
    static struct plant plant;
    struct modbus_server_config config = modbus_server_defaults();
    config.host = "127.0.0.1";
    config.port = 0;
    unsigned *numbers[] = {&config.idle_ms, &config.stall_ms, &config.max_clients};
    if (argc > 1 && strcmp(argv[1], "rtu") == 0) {
        config.framing = &modbus_rtu;
        argv++, argc--;
    }
    for (int i = 1; i < argc && i <= 3; i++)
        *numbers[i - 1] = (unsigned)strtoul(argv[i], NULL, 10);

    modbus_house_plant(&plant);
    struct table *table = modbus_house_table(&plant);
    uv_loop_t loop;
    uv_pipe_t in;
    uv_loop_init(&loop);
    struct fault fault;
    server = modbus_server_start(&loop, &config, &plant, table, &fault);
    if (!server) {
        fprintf(stderr, "%s\n", fault.text);
        return err_exit_code(fault.code);
    }
    struct text text;
    struct json j;
    begin(&j, &text);
    json_put_key_integer(&j, "port", modbus_server_port(server));
    modbus_house_describe(&plant, table, &j);
    print(&j, &text);

    uv_pipe_init(&loop, &in, 0);
    if (uv_pipe_open(&in, 0) != 0 || uv_read_start((uv_stream_t *)&in, on_room, on_input) != 0)
        return 3;
    uv_run(&loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&loop);
    table_free(table);
    return left == 0 ? 0 : 1;
}
