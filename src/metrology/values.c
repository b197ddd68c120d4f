/* From what the lanes of one window gave to the quantities of the network and of each load. The
 * definitions are those of the quantities' names; where a standard decides, it is named. */
#include "metrology/values.h"

#include <string.h>

/* --- The network -------------------------------------------------------------------------------------- */

static void put_voltages(struct metrology *m, unsigned highest)
{
#define THREE_V(q) (const enum quantity[]){q##_V1, q##_V2, q##_V3}, 3
#define THREE_U(q) (const enum quantity[]){q##_U12, q##_U23, q##_U31}, 3
    static const enum quantity v[] = {Q_V1, Q_V2, Q_V3}, u[] = {Q_U12, Q_U23, Q_U31};
    struct quantity_set *set = &m->network;
    struct phasor pv[3] = {{0, 0}}, pu[3] = {{0, 0}};
    for (unsigned i = 0; i < 4; i++) {
        if (!m->signal[i].used)
            continue;
        struct channel c = channel_of_lane(m, i, highest);
        channel_put(set, (enum spectrum_channel)(SPECTRUM_V1 + i), &c, highest, 0);
        if (i < 3)
            pv[i] = c.fundamental;
    }
    for (unsigned i = 0; i < LINE_VOLTAGES; i++) {
        if (!channel_drives(m, DRIVE_U12 + i))
            continue;
        struct channel c = channel_of_line(m, i, highest);
        channel_put(set, (enum spectrum_channel)(SPECTRUM_U12 + i), &c, highest, 0);
        pu[i] = c.fundamental;
    }
    channel_put_mean(set, Q_VSYS, v, 3);
    channel_put_mean(set, Q_USYS, u, 3);
    channel_put_mean(set, Q_THD_VSYS, THREE_V(Q_THD));
    channel_put_mean(set, Q_THD_USYS, THREE_U(Q_THD));
    channel_put_mean(set, Q_THD40_VSYS, THREE_V(Q_THD40));
    channel_put_mean(set, Q_THD40_USYS, THREE_U(Q_THD40));
    channel_put_mean(set, Q_THD50_VSYS, THREE_V(Q_THD50));
    channel_put_mean(set, Q_THD50_USYS, THREE_U(Q_THD50));
    channel_put_mean(set, Q_THDR_VSYS, THREE_V(Q_THDR));
    channel_put_mean(set, Q_THDR_USYS, THREE_U(Q_THDR));
    if (m->voltages != 7 || highest == 0)
        return;
    static const struct sequence_quantities qv = {Q_VDIR, Q_VINV, Q_VHOM, Q_VNB, Q_VNBA, Q_V0NB};
    static const struct sequence_quantities qu = {Q_UDIR, Q_UINV, Q_COUNT, Q_UNB, Q_UNBA, Q_COUNT};
    sequence_put(set, pv, v, &qv);
    sequence_put(set, pu, u, &qu);
}

/* --- A load's own voltages ------------------------------------------------------------------------------ */

bool load_is_single(const struct load_state *load)
{
    return load->lane[0] != NO_LANE && load->lane[1] == NO_LANE && load->lane[2] == NO_LANE &&
           !load->wiring.balanced;
}

/* Quantities that there are of each of three voltages, in their order. */
static const enum quantity of_v[] = {Q_V1,    Q_THD_V1, Q_THD40_V1, Q_THD50_V1, Q_THDR_V1,
                                     Q_CF_V1, Q_DC_V1,  Q_UNDER_V1, Q_OVER_V1,  Q_PINST1,
                                     Q_PST1,  Q_PLT1,   Q_SIG1};
static const enum quantity of_u[] = {Q_U12,    Q_THD_U12, Q_THD40_U12, Q_THD50_U12, Q_THDR_U12,
                                     Q_CF_U12, Q_DC_U12,  Q_UNDER_U12, Q_OVER_U12};

static void keep(struct quantity_set *set, enum quantity to, const struct quantity_set *from,
                 enum quantity q)
{
    set->value[to] = from->value[q];
    set->quality[to] = from->quality[q];
}

/* The network's values that a load has in its set. One of two conductors has its own voltage as V1, or as
 * U12 where it lies between phases, and no others. */
static void put_own_voltages(const struct metrology *m, const struct load_state *load,
                             struct quantity_set *set)
{
    const struct quantity_set *all = &m->network;
    if (!load_is_single(load)) {
        *set = *all;
        return;
    }
    unsigned drive = load->wiring.phase[0], k = drive % 3;
    bool line = drive >= DRIVE_U12;
    memset(set, 0, sizeof *set);
    set->start_ns = all->start_ns;
    set->end_ns = all->end_ns;
    set->cycles = all->cycles;
    set->flags = all->flags;
    keep(set, Q_F, all, Q_F);
    keep(set, Q_F_10S, all, Q_F_10S);
    const enum quantity *list = line ? of_u : of_v;
    size_t count = line ? sizeof of_u / sizeof *of_u : sizeof of_v / sizeof *of_v;
    for (size_t i = 0; i < count; i++)
        keep(set, list[i], all, (enum quantity)(list[i] + k));
    keep(set, line ? Q_USYS : Q_VSYS, set, list[0]);
    enum spectrum_channel first = line ? SPECTRUM_U12 : SPECTRUM_V1;
    set->spectrum[first] = all->spectrum[first + k];
}

/* --- A load ---------------------------------------------------------------------------------------------- */

static void put_energy(const struct load_state *load, struct quantity_set *set)
{
    memcpy(set->energy_mj, load->energy.count_mj, sizeof set->energy_mj);
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++) {
        enum quantity q = energy_quantity(r);
        set->value[q] = energy_wh(set->energy_mj[r]);
        if (r < ENERGY_KINDS || load->phases >> (r / ENERGY_KINDS - 1) & 1)
            set->quality[q] = QUALITY_VALID;
    }
}

/* Of a balanced load all three currents are the one that is measured. */
static void put_balanced(struct quantity_set *set, unsigned measured)
{
    static const enum quantity of_i[] = {Q_I1,      Q_THD_I1, Q_THD40_I1, Q_THD50_I1,
                                         Q_THDR_I1, Q_CF_I1,  Q_K_I1,     Q_TDD_I1};
    for (unsigned c = 0; c < 3; c++)
        for (size_t i = 0; c != measured && i < sizeof of_i / sizeof *of_i; i++)
            keep(set, (enum quantity)(of_i[i] + c), set, (enum quantity)(of_i[i] + measured));
}

static void put_currents(struct metrology *m, struct load_state *load, struct quantity_set *set,
                         unsigned highest)
{
#define THREE_I(q) (const enum quantity[]){q##_I1, q##_I2, q##_I3}, 3
    static const enum quantity currents[] = {Q_I1, Q_I2, Q_I3};
    static const enum quantity residual[] = {
        [CURRENT_D] = Q_ID, [CURRENT_PE] = Q_IPE, [CURRENT_SUM] = Q_ISUM};
    const struct metrology_load *wiring = &load->wiring;
    double demand =
        wiring->demand_current_a > 0 ? wiring->demand_current_a : wiring->rated_current_a;
    struct phasor p[3] = {{0, 0}};
    unsigned measured = 0;
    for (unsigned c = 0; c < METROLOGY_CURRENTS; c++) {
        if (load->lane[c] == NO_LANE)
            continue;
        struct channel ch = channel_of_lane(m, load->lane[c], highest);
        if (c >= METROLOGY_LINES) {
            put(set, residual[c], ch.rms);
            continue;
        }
        channel_put(set, (enum spectrum_channel)(SPECTRUM_I1 + c), &ch, highest, demand);
        if (c < 3) {
            p[c] = ch.fundamental;
            measured |= 1u << c;
            if (wiring->balanced)
                put_balanced(set, c);
        }
    }
    channel_put_mean(set, Q_ISYS, currents, 3);
    channel_put_mean(set, Q_THD_ISYS, THREE_I(Q_THD));
    channel_put_mean(set, Q_THD40_ISYS, THREE_I(Q_THD40));
    channel_put_mean(set, Q_THD50_ISYS, THREE_I(Q_THD50));
    channel_put_mean(set, Q_THDR_ISYS, THREE_I(Q_THDR));
    static const struct sequence_quantities qi = {Q_IDIR, Q_IINV, Q_IHOM, Q_INB, Q_INBA, Q_I0NB};
    if (measured == 7 && highest > 0)
        sequence_put(set, p, currents, &qi);
}

static void fill_load(struct metrology *m, unsigned index, double seconds, const struct span *span)
{
    unsigned highest = span->highest;
    struct load_state *load = &m->load[index];
    struct quantity_set *set = &m->load_set[index];
    put_own_voltages(m, load, set);
    for (unsigned c = 0; c < METROLOGY_CURRENTS; c++)
        if (load->lane[c] != NO_LANE &&
            m->result[load->lane[c] / LANES].missing >> load->lane[c] % LANES & 1)
            set->flags |= QUALITY_GAP;
    put_currents(m, load, set, highest);
    struct power phase[3];
    unsigned which = power_of_phases(m, load, span, phase);
    for (unsigned p = 0; p < 3; p++)
        if (which & load->phases & 1u << p)
            power_put(m, set, &phase[p], p + 1, highest);
    if (which) {
        struct power total = power_of_total(m, phase, which);
        power_put(m, set, &total, 0, highest);
        power_count(m, load, &total, phase, which, seconds);
    }
    if (m->voltages)
        put_energy(load, set);
}

void values_fill(struct metrology *m, double begin, double end, double counted, unsigned cycles,
                 unsigned highest, uint32_t flags)
{
    struct quantity_set *set = &m->network;
    memset(set, 0, sizeof *set);
    set->start_ns = m->window_begin_ns;
    set->end_ns = instant_of(m, end);
    set->cycles = cycles;
    set->flags = flags | (m->result[0].missing & 0xfu ? QUALITY_GAP : 0u);
    double hz;
    bool measured = track_frequency(m, begin, end, &hz);
    if (hz > 0) {
        put(set, Q_F, hz);
        if (!measured)
            set->quality[Q_F] |= QUALITY_HELD;
    }
    struct span span = {begin, end, highest};
    put_voltages(m, highest);
    deviation_put(m);
    clock10_put(m);
    flicker_meter_put(m);
    signalling_put(m, highest > 0);
    event_window(m);
    for (unsigned i = 0; i < m->load_count; i++)
        fill_load(m, i, counted / m->rate_hz, &span);
}

void values_count_rest(struct metrology *m, double begin, double end)
{
    struct span span = {begin, end, 0};
    for (unsigned k = 0; k < m->load_count; k++) {
        struct load_state *load = &m->load[k];
        struct power phase[3];
        unsigned which = power_of_phases(m, load, &span, phase);
        if (which) {
            struct power total = power_of_total(m, phase, which);
            power_count(m, load, &total, phase, which, (end - begin) / m->rate_hz);
        }
    }
}
