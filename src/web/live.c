#include "web/live.h"

#include "web/subscription.h"
#include "web/values.h"
#include "web/web_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACING_MS \
    150 /* between two messages of a point: a simulation may run faster than anyone can look */
#define EVENTS_MAX  64 /* that are remembered for pushing in one tick */
#define MESSAGE_MAX ((size_t)256 << 10)

/* What the table had to show of a point when it was last looked at. */
struct shown {
    uint64_t sequence; /* of the newest window that was seen */
    uint64_t version;  /* grows by one each time there is something new to send; 0: nothing yet */
    uint64_t changed_ms;
};

struct client {
    struct live *live;
    struct http_socket *socket;
    struct client *next, *previous;
    uint64_t events_revision; /* newer ones are still to be sent */
    uint8_t *want;            /* for each place */
    uint64_t sent[];          /* for each place: the version that was sent last; 0: none */
};

struct live {
    uv_timer_t timer;
    unsigned tick_ms;
    const struct plant *plant;
    const struct table *table;
    const struct web_events *events;
    struct http_server *http;
    struct place_list places;
    struct client *clients;
    uint64_t window_ms; /* when a new window was last seen; 0: never */
    struct shown shown[TABLE_POINTS_MAX];
    struct http_text **message; /* of this tick: for each place and combination of wants */
    unsigned *made;             /* which of them are there */
    unsigned made_count;
    unsigned event_count;
    struct web_event event[EVENTS_MAX]; /* newest first */
    struct http_text *event_text[EVENTS_MAX];
};

/* --- Writing messages ------------------------------------------------------------------------------ */

static struct http_text *write_message(struct live *l, const struct place *place, unsigned wants)
{
    struct text text;
    struct json j;
    struct quantity_set set;
    struct trace trace;
    uint64_t sequence;
    if (!values_read(l->table, place->point, &set, &sequence))
        return NULL;
    bool scope = (wants & WANT_SCOPE) && table_trace(l->table, place->point, &trace);
    text_init(&text, MESSAGE_MAX);
    json_init(&j, &text, 0);
    values_put_live(&j, place, &set, sequence, wants & WANT_HARMONICS, scope ? &trace : NULL);
    return http_text_take(l->http, &text);
}

static struct http_text *message_of(struct live *l, unsigned place, unsigned wants)
{
    unsigned i = place * WANTS + wants;
    if (!l->message[i]) {
        l->message[i] = write_message(l, &l->places.place[place], wants);
        if (l->message[i])
            l->made[l->made_count++] = i;
    }
    return l->message[i];
}

static struct http_text *event_message(struct live *l, unsigned i)
{
    if (!l->event_text[i]) {
        struct text text;
        struct json j;
        text_init(&text, MESSAGE_MAX);
        json_init(&j, &text, 0);
        json_put_object(&j);
        json_put_key(&j, "event");
        event_put_json(&j, &l->event[i]);
        json_put_end_object(&j);
        l->event_text[i] = http_text_take(l->http, &text);
    }
    return l->event_text[i];
}

static void drop_messages(struct live *l)
{
    for (unsigned i = 0; i < l->made_count; i++) {
        http_text_drop(l->message[l->made[i]]);
        l->message[l->made[i]] = NULL;
    }
    l->made_count = 0;
    for (unsigned i = 0; i < l->event_count; i++) {
        http_text_drop(l->event_text[i]);
        l->event_text[i] = NULL;
    }
    l->event_count = 0;
}

/* A message for this client alone. */
static void tell(struct client *c, struct text *text)
{
    struct http_text *t = http_text_take(c->live->http, text);
    if (t)
        http_socket_send(c->socket, t);
    http_text_drop(t);
}

static void tell_error(struct client *c, const char *why)
{
    struct text text;
    struct json j;
    text_init(&text, 1024);
    json_init(&j, &text, 0);
    api_put_error(&j, 400, why);
    tell(c, &text);
}

/* --- A tick ---------------------------------------------------------------------------------------- */

static void look(struct live *l, uint64_t now)
{
    for (unsigned p = 0; p < table_points(l->table); p++) {
        struct shown *s = &l->shown[p];
        uint64_t sequence = table_sequence(l->table, p);
        if (sequence == s->sequence)
            continue;
        l->window_ms = now;
        if (s->version > 0 && now - s->changed_ms < SPACING_MS)
            continue; /* it is still new at the next tick, or another one is */
        *s = (struct shown){sequence, s->version + 1, now};
    }
}

static uint64_t version_of(const struct live *l, unsigned place)
{
    return l->shown[l->places.place[place].point].version;
}

/* Windows that this client will never see. */
static uint64_t count_skipped(const struct client *c)
{
    uint64_t skipped = 0;
    for (unsigned i = 0; i < c->live->places.count; i++) {
        uint64_t version = version_of(c->live, i);
        if (c->want[i] && c->sent[i] > 0 && version > c->sent[i])
            skipped += version - c->sent[i] - 1;
    }
    return skipped;
}

static void send_values(struct client *c)
{
    struct live *l = c->live;
    uint64_t skipped = count_skipped(c);
    if (skipped > 0) {
        struct text text;
        text_init(&text, 64);
        text_printf(&text, "{\"skipped\":%" PRIu64 "}", skipped);
        tell(c, &text);
    }
    for (unsigned i = 0; i < l->places.count; i++) {
        uint64_t version = version_of(l, i);
        if (!c->want[i] || version == c->sent[i])
            continue;
        struct http_text *message = message_of(l, i, c->want[i]);
        if (message && http_socket_send(c->socket, message))
            c->sent[i] = version;
        else if (c->sent[i] > 0)
            c->sent[i] =
                version - 1; /* was counted just now; there is no memory for this one yet */
    }
}

static void read_events(struct live *l, uint64_t revision)
{
    for (const struct client *c = l->clients; c && l->event_count == 0; c = c->next)
        if (c->events_revision != revision)
            l->event_count = l->events->latest(l->events->context, l->event, EVENTS_MAX);
}

static void send_events(struct client *c, uint64_t revision)
{
    if (c->events_revision == revision)
        return;
    for (unsigned i = c->live->event_count; i-- > 0;) {
        struct http_text *message = NULL;
        if (c->live->event[i].revision > c->events_revision)
            message = event_message(c->live, i);
        if (message)
            http_socket_send(c->socket, message);
    }
    c->events_revision = revision;
}

static void on_tick(uv_timer_t *timer)
{
    struct live *l = timer->data;
    look(l, uv_now(timer->loop));
    uint64_t revision = l->events ? l->events->revision(l->events->context) : 0;
    if (l->events)
        read_events(l, revision);
    for (struct client *c = l->clients, *next; c; c = next) {
        next = c->next; /* flushing may close it */
        if (http_socket_busy(c->socket))
            continue;
        send_events(c, revision);
        send_values(c);
        http_socket_flush(c->socket);
    }
    drop_messages(l);
}

bool live_age_ms(const struct live *l, uint64_t *age_ms)
{
    *age_ms = uv_now(l->timer.loop) - l->window_ms;
    return l->window_ms > 0;
}

/* --- Clients --------------------------------------------------------------------------------------- */

static const char *without_scheme(const char *origin)
{
    const char *host = strstr(origin, "://");
    return host ? host + 3 : origin;
}

bool live_accepts(struct live *l, const struct http_request *r, int *status, char why[200])
{
    struct route_match match;
    char allow[64];
    *status = route_match(r, &match, allow, why);
    const char *origin = http_field(r, "origin"), *host = http_field(r, "host");
    const char *version = http_field(r, "sec-websocket-version");
    if (*status == 200 && !match.route->socket)
        *status = 404;
    if (*status == 404 || *status == 405) {
        *status = 404;
        snprintf(why, 200, "There is no WebSocket at this path; it is at %s.", LIVE_PATH);
    } else if (*status == 200 &&
               (r->method != HTTP_GET || !version || strcmp(version, "13") != 0)) {
        *status = 426;
        snprintf(why, 200, "A WebSocket is opened with GET and Sec-WebSocket-Version: 13.");
    } else if (*status == 200 && origin && (!host || strcmp(without_scheme(origin), host) != 0)) {
        *status =
            403; /* a page of another site wants to look into this network with its visitor's browser */
        snprintf(why, 200, "A page from elsewhere may not open a WebSocket here.");
    } else if (*status == 200) {
        uint8_t want[PLACES_MAX];
        *status = subscription_from_match(&l->places, &match, want, why) ? 200 : 404;
    }
    return *status == 200;
}

void *live_opened(struct live *l, struct http_socket *s, const struct http_request *r)
{
    struct route_match match;
    char allow[64], why[SUBSCRIPTION_WHY];
    struct client *c = calloc(1, sizeof *c + l->places.count * sizeof *c->sent);
    uint8_t *want = calloc(l->places.count ? l->places.count : 1, 1);
    if (!c || !want || route_match(r, &match, allow, why) != 200 ||
        !subscription_from_match(&l->places, &match, want, why)) {
        free(c);
        free(want);
        return NULL;
    }
    c->live = l;
    c->socket = s;
    c->want = want;
    c->events_revision = l->events ? l->events->revision(l->events->context) : 0;
    c->next = l->clients;
    if (c->next)
        c->next->previous = c;
    l->clients = c;
    return c;
}

void live_message(void *client, const char *text, size_t length)
{
    struct client *c = client;
    char why[SUBSCRIPTION_WHY];
    if (!subscription_parse(&c->live->places, text, length, c->want, why)) {
        tell_error(c, why);
        return;
    }
    memset(c->sent, 0,
           c->live->places.count * sizeof *c->sent); /* the newest of each comes at once */
}

void live_closed(void *client)
{
    struct client *c = client;
    if (c->previous)
        c->previous->next = c->next;
    else
        c->live->clients = c->next;
    if (c->next)
        c->next->previous = c->previous;
    free(c->want);
    free(c);
}

/* --- Beginning and end ----------------------------------------------------------------------------- */

static void live_free(struct live *l)
{
    place_list_free(&l->places);
    free(l->message);
    free(l->made);
    free(l);
}

struct live *live_start(uv_loop_t *loop, const struct web_config *config, const struct plant *plant,
                        const struct table *table, const struct web_events *events)
{
    struct live *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    bool listed = place_list_init(&l->places, plant);
    size_t messages = (size_t)l->places.count * WANTS + 1;
    l->message = calloc(messages, sizeof(struct http_text *));
    l->made = calloc(messages, sizeof *l->made);
    if (!listed || !l->message || !l->made) {
        live_free(l);
        return NULL;
    }
    l->plant = plant;
    l->table = table;
    l->events = events;
    l->tick_ms = config->tick_ms;
    uv_timer_init(loop, &l->timer);
    l->timer.data = l;
    uv_timer_start(&l->timer, on_tick, l->tick_ms, l->tick_ms);
    uv_unref((uv_handle_t *)&l->timer);
    return l;
}

void live_attach(struct live *l, struct http_server *http)
{
    l->http = http;
}

static void on_timer_closed(uv_handle_t *handle)
{
    live_free(handle->data);
}

void live_stop(struct live *l)
{
    if (!l)
        return;
    assert(!l->clients);
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}
