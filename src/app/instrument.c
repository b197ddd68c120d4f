#include "app/instrument.h"

#include "app/acquire.h"
#include "app/captures.h"
#include "app/event_log.h"
#include "app/keeper.h"
#include "app/simulation.h"
#include "app/web_door.h"
#include "base/log.h"
#include "port/clock.h"
#include "port/zone_file.h"
#include "protocol/modbus/line.h"
#include "protocol/modbus/server.h"
#include "source/source.h"
#include "table/table.h"
#include "tariff/tariff.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

struct instrument {
    const struct config *config;
    struct instrument_options options;
    uv_loop_t loop;
    uv_signal_t interrupted, terminated;
    uv_timer_t watch;
    struct table *table;
    struct event_log *events;
    struct zone zone;
    struct tariff tariff;
    struct keeper *keeper;
    struct captures *captures;
    struct acquire *acquire;
    struct modbus_server *modbus, *modbus_rtu, *modbus_tls;
    struct modbus_line *line;
    struct web_door *web;
    int exit_code;
};

/* --- Parts, in the order of the data ------------------------------------------------------------------ */

static enum err open_source(struct instrument *in, struct source **source, struct fault *fault)
{
    const struct config_source *from = &in->config->source;
    struct source_options options = {
        .channels = from->channels[0] ? from->channels : NULL,
        .scale = from->scale[0] ? from->scale : NULL,
        .rate_hz = from->rate_hz,
    };
    switch (from->type) {
    case CONFIG_SOURCE_RECORDING:
        return source_open(from->file, &options, source, fault);
    case CONFIG_SOURCE_SAMPLED_VALUES:
        return source_open_live(from->interface, from->stream[0] ? from->stream : NULL, &options,
                                source, fault);
    default:
        return simulation_open(in->config, clock_utc_ns(), source, fault);
    }
}

static void on_event(void *context, unsigned point, const struct metrology_event *e)
{
    struct instrument *in = context;
    event_log_put(in->events, point, e);
}

static void on_capture(void *context, const struct metrology_capture *c, const uint16_t *point)
{
    struct instrument *in = context;
    captures_take(in->captures, c, point);
}

static bool restore(void *context, unsigned point, uint64_t energy_mj[ENERGY_REGISTERS])
{
    struct instrument *in = context;
    return keeper_restore(in->keeper, point, energy_mj);
}

static enum err start_acquisition(struct instrument *in, struct fault *fault)
{
    struct acquire_config config = {
        .plant = &in->config->plant,
        .table = in->table,
        .paced = in->config->source.type != CONFIG_SOURCE_SAMPLED_VALUES,
        .speed = in->options.speed,
        .loop = in->config->source.loop,
        .origin_ns = clock_utc_ns(),
        .context = in,
        .restore = restore,
        .event = on_event,
        .capture = on_capture,
        .capture_setup = captures_setup(&in->config->waveforms),
    };
    enum err err = open_source(in, &config.source, fault);
    if (err)
        return err;
    in->acquire = acquire_start(&config, fault);
    return in->acquire ? ERR_OK : fault->code;
}

/* NULL: not asked for, or a fault. */
static struct modbus_server *open_modbus(struct instrument *in,
                                         const struct modbus_framing *framing,
                                         const struct tls_files *tls, unsigned port,
                                         struct fault *fault)
{
    struct modbus_server_config m = modbus_server_defaults();
    const char *host = in->config->servers.bind;
    if (port == 0 && !in->options.any_port)
        return NULL;
    m.framing = framing;
    m.tls = tls;
    m.host = host[0] ? host : NULL;
    m.port = (uint16_t)port;
    return modbus_server_start(&in->loop, &m, &in->config->plant, in->table, fault);
}

static enum err open_modbus_tls(struct instrument *in, struct fault *fault)
{
    const struct config_modbus_tls *t = &in->config->modbus_tls;
    struct tls_files files = {t->certificate, t->key, t->authorities};
    if (!t->certificate[0] || !t->port)
        return ERR_OK;
    in->modbus_tls = open_modbus(in, &modbus_mbap, &files, t->port, fault);
    return in->modbus_tls ? ERR_OK : fault->code;
}

static enum err open_line(struct instrument *in, struct fault *fault)
{
    const struct config_serial *s = &in->config->serial;
    struct serial_settings settings = {
        .device = s->device,
        .baud = config_serial_baud(s->speed),
        .parity = s->parity,
        .stop_bits = s->stop_bits,
        .rs485 = s->rs485,
    };
    if (!s->device[0])
        return ERR_OK;
    in->line = modbus_line_start(&in->loop, &settings, &in->config->plant, in->table, fault);
    return in->line ? ERR_OK : fault->code;
}

static enum err start_servers(struct instrument *in, struct fault *fault)
{
    const struct config_servers *s = &in->config->servers;
    const char *host = s->bind[0] ? s->bind : NULL;
    in->modbus = open_modbus(in, &modbus_mbap, NULL, s->modbus_tcp_port, fault);
    if (!in->modbus && (s->modbus_tcp_port || in->options.any_port))
        return fault->code;
    in->modbus_rtu = open_modbus(in, &modbus_rtu, NULL, s->modbus_rtu_port, fault);
    if (!in->modbus_rtu && (s->modbus_rtu_port || in->options.any_port)) {
        if (!in->options.lenient)
            return fault->code;
        log_message(LOG_WARNING, "%s; it is left out", fault->text);
    }
    if (s->web_port || in->options.any_port) {
        in->web =
            web_door_open(&in->loop, host, (uint16_t)s->web_port, &in->config->plant, in->table,
                          in->events, &in->tariff, captures_store(in->captures), fault);
        if (!in->web)
            return fault->code;
    }
    enum err err = open_modbus_tls(in, fault);
    return err ? err : open_line(in, fault);
}

/* What a person types to reach an address that is listened at. */
static const char *reachable(const char *bind)
{
    bool every = !bind[0] || strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0;
    return every ? "localhost" : bind;
}

/* Where to look, for the person who has started it. */
static void say_where(const struct instrument *in)
{
    const struct plant *p = &in->config->plant;
    const char *host = reachable(in->config->servers.bind);
    bool v6 = strchr(host, ':') != NULL;
    printf("%s: %u devices, %u loads\n", p->name[0] ? p->name : "busbar", p->device_count,
           p->point_count - 1);
    if (in->web)
        printf("  web page    http://%s%s%s:%u/\n", v6 ? "[" : "", host, v6 ? "]" : "",
               web_door_port(in->web));
    if (in->modbus) {
        printf("  Modbus TCP  %s port %u, units", host, modbus_server_port(in->modbus));
        for (unsigned i = 0; i < p->device_count; i++)
            printf("%s %u %s", i ? "," : "", p->device[i].address, p->device[i].profile->name);
        printf("\n");
    }
    if (in->modbus_rtu)
        printf("  Modbus RTU  over TCP, %s port %u, the same units\n", host,
               modbus_server_port(in->modbus_rtu));
    if (in->modbus_tls)
        printf("  Modbus TLS  %s port %u, the same units\n", host,
               modbus_server_port(in->modbus_tls));
    if (in->line)
        printf("  Modbus RTU  %s, %u baud, the same units\n", in->config->serial.device,
               config_serial_baud(in->config->serial.speed));
    if (!in->options.data)
        printf("  energies begin at 0 and are not kept (--data DIR keeps them)\n");
    printf("Ctrl-C ends it.\n");
    fflush(stdout);
}

/* --- The loop -------------------------------------------------------------------------------------------- */

static void stop_servers(struct instrument *in)
{
    modbus_server_stop(in->modbus);
    modbus_server_stop(in->modbus_rtu);
    modbus_server_stop(in->modbus_tls);
    modbus_line_stop(in->line);
    web_door_close(in->web);
}

static void close_handles(struct instrument *in)
{
    keeper_stop(in->keeper);
    captures_stop(in->captures);
    stop_servers(in);
    uv_close((uv_handle_t *)&in->interrupted, NULL);
    uv_close((uv_handle_t *)&in->terminated, NULL);
    uv_close((uv_handle_t *)&in->watch, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct instrument *in = handle->data;
    (void)number;
    if (!uv_is_closing((uv_handle_t *)&in->watch))
        close_handles(in);
}

/* Says when the source has ended; a recording's values stay to be read. */
static void on_watch(uv_timer_t *timer)
{
    struct instrument *in = timer->data;
    struct fault fault;
    if (!acquire_ended(in->acquire, &fault))
        return;
    uv_timer_stop(timer);
    if (fault.code == ERR_END) {
        log_message(LOG_INFO, "%s; its last values stay", fault.text);
        return;
    }
    log_message(LOG_ERROR, "%s", fault.text);
    in->exit_code = err_exit_code(fault.code);
    close_handles(in);
}

static void watch(struct instrument *in)
{
    uv_signal_init(&in->loop, &in->interrupted);
    uv_signal_init(&in->loop, &in->terminated);
    uv_timer_init(&in->loop, &in->watch);
    in->interrupted.data = in->terminated.data = in->watch.data = in;
    uv_signal_start(&in->interrupted, on_signal, SIGINT);
    uv_signal_start(&in->terminated, on_signal, SIGTERM);
    uv_timer_start(&in->watch, on_watch, 200, 200);
    keeper_start(in->keeper, &in->loop);
    captures_start(in->captures, &in->loop);
}

static enum err start(struct instrument *in, struct fault *fault)
{
    in->table = table_new(in->config->plant.point_count);
    in->events = event_log_new();
    if (!in->table || !in->events)
        return fault_set(fault, ERR_MEMORY, "not enough memory for the table of live values");
    enum err err = zone_load(in->config->clock.zone, &in->zone, fault);
    if (err)
        return err;
    tariff_init(&in->tariff, &in->config->tariff, &in->zone);
    in->keeper = keeper_open(in->options.data, &in->config->plant, in->table, fault);
    if (!in->keeper)
        return fault->code;
    in->captures = captures_open(in->options.data, &in->config->plant, fault);
    if (!in->captures)
        return fault->code;
    err = start_servers(in, fault);
    return err ? err : start_acquisition(in, fault);
}

int instrument_run(const struct config *config, const struct instrument_options *options)
{
    struct instrument in = {.config = config, .options = *options};
    struct fault fault;
    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&in.loop) != 0) {
        fputs("busbar: the event loop cannot be started\n", stderr);
        return 3;
    }
    enum err err = start(&in, &fault);
    if (err) {
        fprintf(stderr, "busbar: %s\n", fault.text);
        in.exit_code = err_exit_code(err);
        stop_servers(&in);
    } else {
        watch(&in);
        say_where(&in);
    }
    uv_run(&in.loop, UV_RUN_DEFAULT);
    acquire_stop(in.acquire);
    captures_close(in.captures); /* before the keeper, who holds the folder's lock */
    keeper_close(in.keeper);
    event_log_free(in.events);
    table_free(in.table);
    uv_loop_close(&in.loop);
    return in.exit_code;
}
