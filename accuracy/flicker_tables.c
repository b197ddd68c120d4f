/* The flickermeter at every point of tables 1, 2 and 5 of IEC 61000-4-15, three points at a time: one on each
 * voltage. Tables and signals are those of the unit tests (tests/support/modulated.h). */
#include "lab.h"

#include "metrology/flicker.h"
#include "modulated.h"

#include <math.h>

#define PINST "asked of Busbar: P_inst 2 % (IEC 61000-4-15 tables 1 and 2: 8 %) [S]"
#define PST   "asked of Busbar: P_st 1 % (IEC 61000-4-15 table 5: 5 %) [S]"
#define DEPTH "IEC 61000-4-15 class F1: 5 % from 0.2 to 10 [K]"
#define RATE  9600

static struct flicker meter;

static const char *name_of(const struct modulated_system *s)
{
    return s->hz > 55 ? "120 V 60 Hz" : "230 V 50 Hz";
}

static bool wanted(const struct modulated_system *s)
{
    return s == &modulated_230_50 || s == &modulated_120_60;
}

static void start(const struct modulated_system *s, double origin_s)
{
    const struct flicker_setup setup = {
        .nominal_hz = s->hz, .nominal_voltage_v = s->volts, .origin_ns = (int64_t)(origin_s * 1e9)};
    flicker_begin(&meter, &setup);
    flicker_stretch(&meter, RATE);
}

static void write_table(struct lab *lab, const struct modulated_table *t)
{
    const struct lab_judge judge = {"flicker",
                                    name_of(t->system),
                                    t->rectangular ? "Pinst, rectangles" : "Pinst, sines",
                                    "asked",
                                    "%",
                                    2,
                                    PINST,
                                    ""};
    for (unsigned i = 0; i < t->count; i += lab->brief ? 15 : 3) {
        double largest[3] = {NAN, NAN, NAN};
        struct modulation m[3] = {{0}};
        for (unsigned c = 0; c < 3 && i + c < t->count; c++)
            m[c] = (struct modulation){t->rectangular, t->point[i + c][0], t->point[i + c][1]};
        start(t->system, 0);
        modulated_feed(&meter, t->system, RATE, m, 0, 18);
        flicker_take_largest(&meter, largest);
        modulated_feed(&meter, t->system, RATE, m, 18, 22);
        unsigned valid = flicker_take_largest(&meter, largest);
        for (unsigned c = 0; c < 3 && i + c < t->count; c++) {
            double reads = valid >> c & 1 ? largest[c] : (double)NAN;
            lab_row(lab, &judge, m[c].hz, "modulation, Hz", 1, reads, 100 * (reads - 1),
                    "%s; %g Hz, dV/V %g %%", t->name, m[c].hz, m[c].percent);
        }
    }
}

/* `factor` times the changes of some points of table 5, over the ten minutes that follow two. */
static void write_severity(struct lab *lab, const struct modulated_severity *t,
                           const unsigned *point, unsigned count, double factor)
{
    const struct lab_judge judge[] = {
        {"flicker", name_of(t->system), "Pst", "asked", "%", 1, PST, ""},
        {"flicker", name_of(t->system), "Pst, other depths", "F1", "%", 5, DEPTH, ""}};
    struct modulation m[3] = {{0}};
    for (unsigned c = 0; c < count; c++)
        m[c] =
            (struct modulation){true, t->point[point[c]][0] / 120, factor * t->point[point[c]][1]};
    start(t->system, 120);
    modulated_feed(&meter, t->system, RATE, m, 0, 720);
    flicker_finish(&meter, INT64_C(720000000000));
    for (unsigned c = 0; c < count; c++) {
        double reads = meter.result.pst_valid >> c & 1 ? meter.result.pst[c] : (double)NAN;
        double error = 100 * (reads / factor - 1), each_minute = m[c].hz * 120;
        if (factor == 1)
            lab_row(lab, &judge[0], each_minute, "changes per minute", factor, reads, error,
                    "%s; %g changes per minute, dV/V %g %%", t->name, each_minute, m[c].percent);
        else
            lab_row(lab, &judge[1], factor, "P_st", factor, reads, error,
                    "%s; %g changes per minute, dV/V %g %%", t->name, each_minute, m[c].percent);
    }
}

void lab_flicker_pinst(struct lab *lab)
{
    for (unsigned i = 0; i < MODULATED_TABLES; i++)
        if (wanted(modulated_tables[i].system))
            write_table(lab, &modulated_tables[i]);
}

void lab_flicker_pst(struct lab *lab)
{
    static const unsigned point[] = {0, 1, 2, 3, 4, 5, 6};
    static const double factor[] = {0.2, 0.5, 2, 5, 10};
    for (unsigned i = 0; i < MODULATED_SEVERITIES; i++) {
        const struct modulated_severity *t = &modulated_severities[i];
        if (!wanted(t->system))
            continue;
        if (lab->brief) {
            write_severity(lab, t, point + 2, 3, 1);
            continue;
        }
        write_severity(lab, t, point, 3, 1);
        write_severity(lab, t, point + 3, 3, 1);
        write_severity(lab, t, point + 6, 1, 1);
        for (unsigned k = 0; k < 5; k++)
            write_severity(lab, t, point + 2, 3, factor[k]);
    }
}
