/* The web room alone, on a fixed plant, driven by lines on standard input. For tests and benches.
 *
 *   web_server [name=number ...]   numbers of struct web_config, and: port, modules (how many more I-35 with
 *                                  three loads each), auto_ms (publishes a window by itself)
 *   prints "port N"
 *   publish | pause (publishes no more by itself) | event begin | event end | waveform | quit
 *
 * Leaves with 0 only if every handle of the loop was closed. */
#include "web/web.h"

#include "tariff_case.h"
#include "waveform_fixture.h"
#include "web_fixture.h"

#include <signal.h>
#include <stdlib.h>

static uv_loop_t loop;
static struct plant plant;
static struct table *table;
static struct web_server *server;
static uv_pipe_t input;
static uv_timer_t timer;
static unsigned windows;

/* --- Events ------------------------------------------------------------------------------------------ */

static struct web_event events[600];
static unsigned event_count;
static uint64_t revision;

static unsigned latest(void *context, struct web_event *out, unsigned room)
{
    (void)context;
    unsigned n = 0;
    for (unsigned i = event_count; i-- > 0 && n < room;)
        out[n++] = events[i];
    return n;
}

static uint64_t get_revision(void *context)
{
    (void)context;
    return revision;
}

static void begin_event(void)
{
    if (event_count == 600)
        return;
    bool current = event_count % 2;
    events[event_count] = (struct web_event){
        .id = event_count + 1,
        .revision = ++revision,
        .kind = current ? WEB_EVENT_OVERCURRENT : WEB_EVENT_DIP,
        .device = current ? 3 : 2,
        .load = current ? 1 : 0,
        .start_ns = FIXTURE_START_NS,
        .end_ns = INSTANT_UNKNOWN,
        .reference = current ? 63 : 230,
        .channel_count = 1,
        .channel = {{.quantity = current ? Q_I2 : Q_V2,
                     .extreme = 120.3,
                     .percent = 52.304348,
                     .start_ns = FIXTURE_START_NS + 10000000,
                     .end_ns = INSTANT_UNKNOWN}},
    };
    event_count++;
}

static void end_event(void)
{
    if (event_count == 0)
        return;
    events[event_count - 1].end_ns = FIXTURE_START_NS + 120000000;
    events[event_count - 1].channel[0].end_ns = FIXTURE_START_NS + 120000000;
    events[event_count - 1].revision = ++revision;
}

/* --- Waveforms ---------------------------------------------------------------------------------------- */

static struct waveforms *waveforms;

static void add_waveform(void)
{
    struct fault fault;
    static unsigned n;
    waveforms_put(waveforms, waveform_fixture(n++));
    waveforms_write(waveforms, &fault);
    waveforms_commit(waveforms);
}

/* --- Orders ------------------------------------------------------------------------------------------ */

static void publish(void)
{
    fixture_publish(table, ++windows);
}

static void on_timer(uv_timer_t *t)
{
    (void)t;
    publish();
}

static void stop(void)
{
    web_server_stop(server);
    uv_close((uv_handle_t *)&input, NULL);
    uv_close((uv_handle_t *)&timer, NULL);
}

static void obey(const char *line)
{
    if (strcmp(line, "publish") == 0)
        publish();
    else if (strcmp(line, "pause") == 0)
        uv_timer_stop(&timer);
    else if (strcmp(line, "event begin") == 0)
        begin_event();
    else if (strcmp(line, "event end") == 0)
        end_event();
    else if (strcmp(line, "waveform") == 0)
        add_waveform();
    else if (strcmp(line, "quit") == 0)
        stop();
    printf("done %s\n", line);
    fflush(stdout);
}

static char lines[4096];
static size_t length;

static void on_room(uv_handle_t *h, size_t n, uv_buf_t *b)
{
    (void)h;
    (void)n;
    *b = uv_buf_init(lines + length, (unsigned)(sizeof lines - 1 - length));
}

static void on_input(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    (void)b;
    if (n < 0) {
        stop();
        return;
    }
    length += (size_t)n;
    lines[length] = '\0';
    char *end;
    while ((end = strchr(lines, '\n')) && !uv_is_closing((uv_handle_t *)s)) {
        *end = '\0';
        obey(lines);
        length -= (size_t)(end + 1 - lines);
        memmove(lines, end + 1, length + 1);
    }
}

/* The windows' time is a Friday, 04:03 in Paris. */
#define TARIFFS                                                                     \
    "tariff:\n  rates: [Low, High]\n  weekend_days: [Saturday, Sunday]\n"           \
    "  holidays: [{name: Berchtold, date: 2 January}]\n  seasons:\n"                \
    "  - {name: Winter, from: 1 October, weekday: High, weekend: Low, holiday: "    \
    "[0:00-6:00 Low, 6:00-24:00 High]}\n"                                           \
    "  - {name: Summer, from: 1 April, weekday: Low, weekend: Low, holiday: Low}\n" \
    "  alternate_days: [{name: X, date: 3 March, schedule: High}]\n"

/* --- Options ----------------------------------------------------------------------------------------- */

static unsigned modules, auto_ms;
static struct web_config config;

static bool take_option(char *option)
{
    const struct {
        const char *name;
        unsigned *number;
    } numbers[] = {
        {"connections_max", &config.http.connections_max},
        {"peer_connections_max", &config.http.peer_connections_max},
        {"sockets_max", &config.http.sockets_max},
        {"head_ms", &config.http.head_ms},
        {"body_ms", &config.http.body_ms},
        {"idle_ms", &config.http.idle_ms},
        {"send_ms", &config.http.send_ms},
        {"ping_ms", &config.http.ping_ms},
        {"stale_ms", &config.stale_ms},
        {"tick_ms", &config.tick_ms},
        {"modules", &modules},
        {"auto_ms", &auto_ms},
    };
    char *value = strchr(option, '=');
    if (!value)
        return false;
    *value++ = '\0';
    unsigned long n = strtoul(value, NULL, 10);
    if (strcmp(option, "port") == 0)
        config.http.port = (uint16_t)n;
    else if (strcmp(option, "text_bytes_max") == 0)
        config.http.text_bytes_max = n;
    else {
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            if (strcmp(option, numbers[i].name) == 0) {
                *numbers[i].number = (unsigned)n;
                return true;
            }
        return false;
    }
    return true;
}

static void add_modules(void)
{
    for (unsigned m = 0; m < modules && plant.device_count < PLANT_DEVICES_MAX; m++) {
        char name[40];
        snprintf(name, sizeof name, "Module %u", m + 1);
        struct plant_device *d = fixture_device(&plant, "I-35", (uint8_t)(10 + m), name);
        for (int l = 0; l < 3; l++)
            fixture_load(d, "Circuit", LOAD_3P_N_3CT);
    }
    plant_number(&plant);
}

int main(int argc, char **argv)
{
    config = web_config_defaults();
    config.http.host = "127.0.0.1";
    config.http.port = 0;
    for (int i = 1; i < argc; i++)
        if (!take_option(argv[i])) {
            fprintf(stderr, "web_server: %s is no option\n", argv[i]);
            return 2;
        }
    signal(SIGPIPE, SIG_IGN);
    fixture_plant(&plant);
    add_modules();
    table = table_new(plant.point_count);
    uv_loop_init(&loop);
    struct fault fault;
    if (waveforms_open(&files_system, NULL, &waveforms, &fault) != ERR_OK)
        return 3;
    config.waveforms = waveforms;
    const struct web_events source = {.latest = latest, .revision = get_revision};
    struct tariff_case *tariffs = tariff_case_new(TARIFFS, PARIS);
    if (!tariffs)
        return 1;
    config.tariff = &tariffs->tariff;
    server = web_server_start(&loop, &config, &plant, table, &source, &fault);
    if (!server) {
        fprintf(stderr, "%s\n", fault.text);
        return err_exit_code(fault.code);
    }
    uv_pipe_init(&loop, &input, 0);
    uv_pipe_open(&input, 0);
    uv_read_start((uv_stream_t *)&input, on_room, on_input);
    uv_timer_init(&loop, &timer);
    if (auto_ms)
        uv_timer_start(&timer, on_timer, auto_ms, auto_ms);
    printf("port %u\n", web_server_port(server));
    fflush(stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
    waveforms_close(waveforms);
    table_free(table);
    free(tariffs);
    return uv_loop_close(&loop) == 0 ? 0 : 3;
}
