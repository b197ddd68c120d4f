/* A small plant and table with fixed values, shared by the tests of the web room: a gateway (no loads), a
 * voltage module, a current module with two loads and awkward names, a panel meter with a load of its own. */
#ifndef SUPPORT_WEB_FIXTURE_H
#define SUPPORT_WEB_FIXTURE_H

#include "plant/plant.h"
#include "table/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIXTURE_START_NS INT64_C(1767322985000000000) /* 2026-01-02T03:03:05Z */
#define FIXTURE_STEP_NS  INT64_C(200000000)

static inline struct plant_device *fixture_device(struct plant *p, const char *profile,
                                                  uint8_t address, const char *name)
{
    struct plant_device *d = &p->device[p->device_count++];
    d->profile = profile_find(profile);
    d->address = address;
    snprintf(d->name, sizeof d->name, "%s", name);
    snprintf(d->serial, sizeof d->serial, "SN%u", address);
    return d;
}

static inline void fixture_load(struct plant_device *d, const char *name, enum load_type type)
{
    struct plant_load *l = &d->load[d->load_count++];
    snprintf(l->name, sizeof l->name, "%s", name);
    l->type = type;
    l->rated_current_a = 63;
    for (unsigned i = 0; i < load_type_info(type)->phases; i++)
        l->phase[i] = (uint8_t)(i + 1);
}

static inline void fixture_plant(struct plant *p)
{
    plant_init(p);
    snprintf(p->name, sizeof p->name, "Werkstatt Süd");
    fixture_device(p, "D-70", 1, "Gateway");
    fixture_device(p, "U-30", 2, "Busbar");
    struct plant_device *d = fixture_device(p, "I-35", 3, "Feeders");
    fixture_load(d, "Presse \"A\" \\ <1>", LOAD_3P_N_3CT);
    fixture_load(d, "Licht", LOAD_1P_N_1CT);
    d = fixture_device(p, "A-200", 247, "Panel");
    fixture_load(d, "Main", LOAD_3P_N_4CT);
    plant_number(p);
}

/* Window number `k` (from 1) of a point: quantity q has the value point + q / 8, with every third one not
 * available; spectra fall with the order. */
static inline void fixture_set(struct quantity_set *s, unsigned point, unsigned k)
{
    memset(s, 0, sizeof *s);
    s->end_ns = FIXTURE_START_NS + (int64_t)k * FIXTURE_STEP_NS;
    s->start_ns = s->end_ns - FIXTURE_STEP_NS;
    s->cycles = 10;
    s->flags = QUALITY_SIMULATED;
    for (int q = 0; q < Q_COUNT; q++)
        if (q % 3 != 2)
            quantity_put(s, (enum quantity)q, point + q / 8.0);
    s->quality[Q_F] |= QUALITY_HELD;
    for (int i = 0; i < ENERGY_REGISTERS; i++)
        s->energy_mj[i] = 3600u * (1000u * k + (unsigned)i);
    for (int c = 0; c < SPECTRUM_COUNT; c += 2) {
        s->spectrum[c].highest = 63;
        s->spectrum[c].angle_rad = (float)(c - 5) / 4;
        s->spectrum[c].rms[0] = -0.25f;
        for (int h = 1; h <= 63; h++)
            s->spectrum[c].rms[h] = 200.0f / (float)h;
    }
}

static inline void fixture_trace(struct trace *t, unsigned point, unsigned k)
{
    memset(t, 0, sizeof *t);
    t->start_ns = FIXTURE_START_NS + (int64_t)k * FIXTURE_STEP_NS + 1;
    t->rate_hz = 9600;
    t->frames = TRACE_FRAMES;
    t->lanes = point == 0 ? 7 : 7 | 1 << TRACE_I1;
    for (int f = 0; f < TRACE_FRAMES; f++)
        for (int lane = 0; lane < TRACE_LANES; lane++)
            t->sample[f][lane] = (float)(lane + sin(f * 2 * M_PI / 192));
}

static inline void fixture_publish(struct table *t, unsigned k)
{
    for (unsigned point = 0; point < table_points(t); point++) {
        struct quantity_set set;
        struct trace trace;
        fixture_set(&set, point, k);
        fixture_trace(&trace, point, k);
        table_commit(t, point, set.energy_mj);
        table_publish_trace(t, point, &trace);
        table_publish(t, point, &set);
        set.flags |=
            QUALITY_INCOMPLETE; /* the newest 10 minutes; of two hours there are none yet */
        table_publish_aggregate(t, point, TABLE_10MIN, &set);
    }
}

#endif
