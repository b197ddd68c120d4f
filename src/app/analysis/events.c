/* The events of a recording, in order, each once. */
#include "app/analysis/analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct analysis_circuit *circuit_of(const struct analysis *a, unsigned meter, int load)
{
    for (unsigned i = 0; i < a->circuit_count; i++) {
        const struct analysis_circuit *c = &a->circuit[i];
        if (c->meter == meter && (load < 0 ? c->number == c->voltages_of : c->load == load))
            return c;
    }
    return NULL;
}

void analysis_keep_event(struct analysis *a, unsigned meter, const struct metrology_event *e)
{
    const struct analysis_circuit *circuit = circuit_of(a, meter, e->load);
    if (a->event_count == a->event_room) {
        size_t room = a->event_room ? 2 * a->event_room : 64;
        struct analysis_event *grown =
            room > ANALYSIS_EVENTS_MAX ? NULL : realloc(a->event, room * sizeof *grown);
        if (!grown) {
            a->events_lost++;
            return;
        }
        a->event = grown;
        a->event_room = room;
    }
    struct analysis_event *to = &a->event[a->event_count++];
    *to = (struct analysis_event){
        .kind = e->kind,
        .circuit = circuit ? circuit->number : 0,
        .ended = e->ended,
        .start_ns = e->start_ns,
        .end_ns = e->end_ns,
        .reference = e->reference,
        .channel_count = e->channel_count,
    };
    for (unsigned i = 0; i < e->channel_count; i++) {
        double whole = e->channel[i].reference;
        to->channel[i] = (struct analysis_channel){
            .circuit = to->circuit,
            .channel = e->channel[i].channel,
            .extreme = e->channel[i].extreme,
            .percent = 100 * e->channel[i].extreme / whole,
            .steady = e->channel[i].steady,
            .steady_percent = 100 * e->channel[i].steady / whole,
            .ended = e->channel[i].ended,
            .start_ns = e->channel[i].start_ns,
            .end_ns = e->channel[i].end_ns,
        };
    }
}

static int by_start(const void *x, const void *y)
{
    const struct analysis_event *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return (a->circuit > b->circuit) - (a->circuit < b->circuit);
}

/* A voltage set that no current belongs to. */
static bool is_voltage_only(const struct analysis *a, unsigned number)
{
    for (unsigned i = 0; i < a->circuit_count; i++)
        if (a->circuit[i].number == number)
            return a->circuit[i].load == METROLOGY_NETWORK;
    return false;
}

static bool same_time(const struct analysis_event *x, const struct analysis_event *y)
{
    bool x_before = x->ended && x->end_ns < y->start_ns;
    bool y_before = y->ended && y->end_ns < x->start_ns;
    return !x_before && !y_before;
}

/* The event that `e` of a voltage-only set is another view of: of a circuit with currents, else of the
 * first such set; NULL: none. */
static struct analysis_event *other_view(struct analysis *a, const struct analysis_event *e)
{
    for (size_t i = 0; i < a->event_count; i++) {
        struct analysis_event *x = &a->event[i];
        bool leads = !is_voltage_only(a, x->circuit) || x->circuit < e->circuit;
        if (x->kind == e->kind && x->circuit != e->circuit && leads && x->channel_count > 0 &&
            same_time(x, e) && x->channel_count + e->channel_count <= ANALYSIS_EVENT_CHANNELS)
            return x;
    }
    return NULL;
}

void analysis_order_events(struct analysis *a)
{
    if (a->event_count == 0)
        return;
    qsort(a->event, a->event_count, sizeof *a->event, by_start);
    size_t kept = 0;
    for (size_t i = 0; i < a->event_count; i++) {
        struct analysis_event *e = &a->event[i];
        struct analysis_event *joins =
            is_voltage_only(a, e->circuit) && e->kind != EVENT_OVERCURRENT ? other_view(a, e)
                                                                           : NULL;
        if (!joins)
            continue;
        memcpy(&joins->channel[joins->channel_count], e->channel,
               e->channel_count * sizeof *e->channel);
        joins->channel_count += e->channel_count;
        e->channel_count = 0; /* leaves the list below */
    }
    for (size_t i = 0; i < a->event_count; i++)
        if (a->event[i].channel_count > 0)
            a->event[kept++] = a->event[i];
    a->event_count = kept;
}

void analysis_channel_name(const struct analysis_channel *c, unsigned circuit,
                           char text[ANALYSIS_CHANNEL_TEXT])
{
    const char *name = quantity_info(spectrum_quantity(c->channel))->name;
    if (c->circuit == circuit)
        snprintf(text, ANALYSIS_CHANNEL_TEXT, "%s", name);
    else
        snprintf(text, ANALYSIS_CHANNEL_TEXT, "%u:%s", c->circuit, name);
}
