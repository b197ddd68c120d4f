/* Demand: what the intervals sum up to, how they end, and what is predicted. */
#include "rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S      INT64_C(1000000000)
#define MINUTE (60 * S)
#define DAY_NS (INT64_C(1704067200) * S)
#define RATE   800
#define PERIOD 80 /* five cycles of 50 Hz */
/* A stretch begins half a frame before its first frame, whose instant is its begin: that much energy may
 * lie on the other side of an instant. */
#define HALF_A_FRAME (0.5 / RATE)

/* The sanitizers take their time. */
#ifdef __SANITIZE_ADDRESS__
#define HOURS 3
#else
#define HOURS 24
#endif

struct interval {
    enum metrology_ending ending;
    int64_t start_ns, end_ns, covered_ns;
    uint32_t flags;
    struct metrology_load_demand load;
};

static struct interval interval[1500];
static size_t intervals;
static struct quantity_set latest;

static void on_demand(void *context, struct metrology *m, const struct metrology_demand *d)
{
    (void)context;
    (void)m;
    assert_true(intervals < sizeof interval / sizeof *interval);
    assert_int_equal(d->load_count, 1);
    interval[intervals++] = (struct interval){.ending = d->ending,
                                              .start_ns = d->start_ns,
                                              .end_ns = d->end_ns,
                                              .covered_ns = d->covered_ns,
                                              .flags = d->flags,
                                              .load = d->load[0]};
}

static void on_window(void *context, struct metrology *m, const struct metrology_window *w)
{
    (void)context;
    (void)m;
    latest = w->load[0];
}

/* --- Three phases of 230 V and a current that is set, in blocks of five cycles ------------------------ */

static struct rig_meter meter;
static struct metrology *running;
static void *memory;
static int64_t start_ns;
static uint64_t frame;
static float samples[PERIOD][8];
static double power, reactive; /* of all three phases */

static void set_current(double amperes, double lag_deg)
{
    for (int k = 0; k < PERIOD; k++)
        for (int p = 0; p < 3; p++) {
            double a = 2 * M_PI * 50 * k / RATE - p * 2 * M_PI / 3;
            samples[k][p] = (float)(sqrt(2) * 230 * sin(a));
            samples[k][4 + p] = (float)(sqrt(2) * amperes * sin(a - lag_deg * M_PI / 180));
        }
    power = 3 * 230 * amperes * cos(lag_deg * M_PI / 180);
    reactive = 3 * 230 * amperes * sin(lag_deg * M_PI / 180);
}

static void begin_meter(void)
{
    static const struct metrology_sink sink = {.window = on_window, .demand = on_demand};
    size_t bytes = (metrology_bytes(&meter.setup) + 63) / 64 * 64;
    memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    memset(memory, 0x5a, bytes);
    running = metrology_begin(memory, &meter.setup, &sink);
    frame = 0;
}

static void push(double seconds)
{
    uint64_t until = frame + (uint64_t)llround(seconds * RATE);
    while (frame < until) {
        uint32_t from = (uint32_t)(frame % PERIOD), n = PERIOD - from;
        n = until - frame < n ? (uint32_t)(until - frame) : n;
        struct wave_block b = {.start_ns = start_ns + (int64_t)(frame * 1000000000 / RATE),
                               .rate_hz = RATE,
                               .first_frame = frame,
                               .flags = frame == 0 ? WAVE_BEGIN : 0,
                               .frames = n,
                               .channels = 8,
                               .samples = samples[from]};
        assert_int_equal(metrology_push(running, &b), ERR_OK);
        frame += n;
    }
}

static void go_on_at(int64_t ns)
{
    start_ns = ns;
    frame = 0;
}

/* Joules of a register since the begin. */
static double counted(int which)
{
    const struct energy *e = metrology_energy(running, 0);
    return ((double)e->count_mj[which] + e->remainder_mj[which]) / 1000;
}

static void end_meter(void)
{
    free(memory);
    running = NULL;
    memory = NULL;
}

static int begin(void **state)
{
    (void)state;
    rig_meter_init(&meter);
    meter.setup.highest_rate_hz = RATE;
    meter.setup.no_spectra = true;
    meter.setup.dip_percent = 0;
    intervals = 0;
    start_ns = DAY_NS;
    set_current(5, 30);
    return 0;
}

static int end(void **state)
{
    (void)state;
    end_meter();
    return 0;
}

/* --- Sums ------------------------------------------------------------------------------------------------- */

/* A day of intervals; the load changes every 100 s, imports and exports. Each interval's
 * energy is what the closed form gives, but for what a window that straddles a change or an end may shift;
 * their sum is what the counters grew by. */
static void a_day(void **state)
{
    (void)state;
    double expected[4 * HOURS][DEMANDS] = {{0}}, sum[DEMANDS] = {0};
    double step = 3 * 230 * 10 * 2; /* W or var, at most, from one to the next */
    begin_meter();
    uint64_t random = 7;
    for (int piece = 0; piece < 36 * HOURS; piece++) {
        set_current(1 + 9 * rig_random(&random), 180 * rig_random(&random));
        push(100);
        for (int s = piece * 100; s < piece * 100 + 100; s++) {
            expected[s / 900][DEMAND_P_POS] += fmax(power, 0);
            expected[s / 900][DEMAND_P_NEG] += fmax(-power, 0);
            expected[s / 900][DEMAND_Q_POS] += fmax(reactive, 0);
            expected[s / 900][DEMAND_Q_NEG] += fmax(-reactive, 0);
            expected[s / 900][DEMAND_S] += sqrt(power * power + reactive * reactive);
        }
    }
    metrology_stop(running);
    assert_int_equal(intervals, 4 * HOURS);
    double worst = 0;
    for (int i = 0; i < 4 * HOURS; i++) {
        const struct interval *d = &interval[i];
        assert_true(d->start_ns == DAY_NS + i * 15 * MINUTE &&
                    d->end_ns == d->start_ns + 15 * MINUTE);
        assert_true(d->covered_ns == 15 * MINUTE);
        assert_int_equal(d->flags, 0);
        assert_int_equal(d->ending, METROLOGY_ENDED);
        for (int r = 0; r < DEMANDS; r++) {
            assert_near(d->load.mean[r], d->load.energy_j[r] / 900, 1e-9 * d->load.mean[r] + 1e-12);
            /* at up to ten changes, a window of mixed powers */
            assert_near(d->load.energy_j[r], expected[i][r], 10 * 0.2 * step);
            worst = fmax(worst, fabs(d->load.energy_j[r] - expected[i][r]));
            sum[r] += d->load.energy_j[r];
        }
    }
    for (int r = 0; r < DEMANDS; r++)
        assert_near(sum[r], counted(r), 1e-12 * counted(r) + 1e-9);
    printf(
        "# %d hours of %.1f kWh import: the sum of %d demands is off by %.1e Ws, the worst of them "
        "by %.0f Ws\n",
        HOURS, counted(DEMAND_P_POS) / 3.6e6, 4 * HOURS, sum[0] - counted(0), worst);
}

/* At constant power, all of it: each interval to 1e-7, whatever the windows do at the ticks. */
static void constant(void **state)
{
    (void)state;
    meter.setup.demand_minutes = 1;
    start_ns = DAY_NS + 594 * S + 123456789;
    begin_meter();
    push(1800);
    metrology_stop(running);
    assert_int_equal(intervals, 31);
    for (int i = 0; i < 31; i++) {
        const struct interval *d = &interval[i];
        double seconds = (double)d->covered_ns / 1e9;
        assert_near(d->load.energy_j[DEMAND_P_POS], power * seconds,
                    1e-7 * power * seconds + power * HALF_A_FRAME);
        bool whole = i > 0 && i < 30;
        if (whole)
            assert_near(d->load.energy_j[DEMAND_P_POS], power * 60, 1e-7 * power * 60);
        assert_true(whole == (d->covered_ns == MINUTE));
        assert_int_equal(d->flags, whole ? 0 : QUALITY_INCOMPLETE);
        assert_int_equal(d->ending, i < 30 ? METROLOGY_ENDED : METROLOGY_ENDED_BY_STOP);
        assert_true(d->end_ns - d->start_ns == MINUTE && d->start_ns % MINUTE == 0);
    }
    assert_near(counted(DEMAND_P_POS) / (power * 1800), 1, 1e-7);
}

/* --- Pulses ----------------------------------------------------------------------------------------------- */

static void pulses(void **state)
{
    (void)state;
    meter.setup.demand_by_pulse = true;
    meter.setup.demand_minutes = 1;
    start_ns = DAY_NS + 10 * S;
    begin_meter();
    push(20);
    metrology_demand_sync(running, DAY_NS + 30 * S + 100000000); /* soon */
    push(0.05);
    metrology_demand_sync(running, DAY_NS + 30 * S + 150000000); /* a bounce */
    push(56.95);
    metrology_demand_sync(running, DAY_NS + 60 * S); /* late: it means now */
    push(200);
    metrology_stop(running);
    assert_int_equal(intervals, 4);
    static const enum metrology_ending endings[] = {METROLOGY_ENDED_BY_PULSE,
                                                    METROLOGY_ENDED_BY_PULSE, METROLOGY_ENDED,
                                                    METROLOGY_ENDED_BY_STOP};
    static const uint32_t flags[] = {QUALITY_INCOMPLETE, 0, QUALITY_INCOMPLETE, QUALITY_INCOMPLETE};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        const struct interval *d = &interval[i];
        assert_int_equal(d->ending, endings[i]);
        assert_int_equal(d->flags, flags[i]);
        assert_true(i == 0 || d->start_ns == interval[i - 1].end_ns);
        assert_near(d->load.energy_j[DEMAND_P_POS], power * (double)d->covered_ns / 1e9,
                    1.001 * power * HALF_A_FRAME);
        sum += d->load.energy_j[DEMAND_P_POS];
    }
    assert_near(sum / counted(DEMAND_P_POS), 1, 1e-12);
    assert_true(interval[0].end_ns == DAY_NS + 30 * S + 100000000);
    assert_near((double)(interval[1].end_ns - DAY_NS) / 1e9, 87, 0.3); /* as far as was metered */
    assert_true(interval[2].end_ns == interval[2].start_ns + 2 * MINUTE);
}

/* Without by_pulse, pulses change nothing. */
static void pulses_unwanted(void **state)
{
    (void)state;
    meter.setup.demand_minutes = 1;
    begin_meter();
    push(30);
    metrology_demand_sync(running, DAY_NS + 30 * S);
    push(31);
    metrology_stop(running);
    assert_int_equal(intervals, 2);
    assert_true(interval[0].end_ns == DAY_NS + MINUTE);
}

/* --- Gaps and steps of the clock ---------------------------------------------------------------------- */

static void gap(void **state)
{
    (void)state;
    begin_meter();
    push(300);
    go_on_at(DAY_NS + 600 * S);
    push(400);
    go_on_at(DAY_NS + 4000 * S);
    push(600);
    metrology_stop(running);
    assert_int_equal(intervals, 4);
    static const struct {
        int64_t start, covered; /* s */
        uint32_t flags;
        enum metrology_ending ending;
    } expected[] = {{0, 600, QUALITY_GAP | QUALITY_INCOMPLETE, METROLOGY_ENDED},
                    {900, 100, QUALITY_GAP | QUALITY_INCOMPLETE, METROLOGY_ENDED_BY_GAP},
                    {3600, 500, QUALITY_INCOMPLETE, METROLOGY_ENDED},
                    {4500, 100, QUALITY_INCOMPLETE, METROLOGY_ENDED_BY_STOP}};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        const struct interval *d = &interval[i];
        assert_true(d->start_ns == DAY_NS + expected[i].start * S);
        assert_true(d->end_ns == d->start_ns + 15 * MINUTE);
        assert_true(llabs(d->covered_ns - expected[i].covered * S) <= 2);
        assert_int_equal(d->flags, expected[i].flags);
        assert_int_equal(d->ending, expected[i].ending);
        double joules = power * (double)expected[i].covered;
        assert_near(d->load.energy_j[DEMAND_P_POS], joules, 2 * power * HALF_A_FRAME);
        assert_near(d->load.mean[DEMAND_P_POS], d->load.energy_j[DEMAND_P_POS] / 900, 1e-9);
        sum += d->load.energy_j[DEMAND_P_POS];
    }
    assert_near(sum / counted(DEMAND_P_POS), 1, 1e-12);
    assert_near(counted(DEMAND_P_POS) / (power * 1300), 1, 1e-7);
}

/* The clock is put back by 200 s: the interval ends, and its time is metered again into another one. */
static void clock_back(void **state)
{
    (void)state;
    begin_meter();
    push(1000);
    go_on_at(DAY_NS + 800 * S);
    push(200);
    metrology_stop(running);
    assert_int_equal(intervals, 4);
    static const int64_t starts[] = {0, 900, 0, 900};
    static const enum metrology_ending endings[] = {METROLOGY_ENDED, METROLOGY_ENDED_BY_CLOCK,
                                                    METROLOGY_ENDED, METROLOGY_ENDED_BY_STOP};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        assert_true(interval[i].start_ns == DAY_NS + starts[i] * S);
        assert_int_equal(interval[i].ending, endings[i]);
        assert_int_equal(interval[i].flags, i == 0 ? 0 : QUALITY_INCOMPLETE);
        sum += interval[i].load.energy_j[DEMAND_P_POS];
    }
    assert_near(sum / counted(DEMAND_P_POS), 1, 1e-12);
    assert_near(counted(DEMAND_P_POS) / (power * 1200), 1, 1e-7);
}

/* A source that goes on in another segment without a gap misses nothing. */
static void another_segment(void **state)
{
    (void)state;
    begin_meter();
    push(500);
    go_on_at(DAY_NS + 500 * S);
    push(400);
    metrology_stop(running);
    assert_int_equal(intervals, 1);
    assert_int_equal(interval[0].flags, 0);
    assert_true(interval[0].covered_ns == 15 * MINUTE);
    assert_near(interval[0].load.mean[DEMAND_P_POS] / power, 1, 1e-7);
}

/* --- What is shown -------------------------------------------------------------------------------------- */

static double value(enum quantity q)
{
    assert_true(quantity_valid(&latest, q));
    return latest.value[q];
}

static void shown(void **state)
{
    (void)state;
    meter.setup.no_spectra = false; /* the sign of Q comes from the fundamentals */
    begin_meter();
    push(600);
    assert_false(quantity_valid(&latest, Q_DMD_P_POS));
    assert_near(value(Q_PRED_P), power, 1e-5 * power);
    double before = power;
    set_current(10, -40);
    push(150);
    /* 600 s of the first, 300 s of the second power */
    assert_near(value(Q_PRED_P), (600 * before + 300 * power) / 900, 1e-3 * power);
    double expected = (600 * before + 300 * power) / 900;
    push(150.5);
    assert_near(value(Q_DMD_P_POS), expected, 1e-3 * expected);
    assert_near(value(Q_DMD_P_NEG), 0, 1e-9);
    assert_true(value(Q_DMD_Q_POS) > 0 && value(Q_DMD_Q_NEG) > 0);
    assert_near(value(Q_PRED_P), power, 1e-5 * power);
    assert_near(value(Q_PRED_Q), reactive, 1e-5 * fabs(reactive));
    assert_near(value(Q_PRED_S), hypot(power, reactive), 1e-5 * power);
    assert_int_equal(latest.quality[Q_DMD_P_POS], QUALITY_VALID);
    assert_int_equal(latest.quality[Q_PRED_P], QUALITY_VALID);
    metrology_stop(running);
}

static void off(void **state)
{
    (void)state;
    meter.setup.demand_minutes = 0;
    begin_meter();
    push(1000);
    metrology_stop(running);
    assert_int_equal(intervals, 0);
    assert_false(quantity_valid(&latest, Q_PRED_P));
    assert_near(counted(DEMAND_P_POS) / (power * 1000), 1, 1e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day, begin, end),
        cmocka_unit_test_setup_teardown(constant, begin, end),
        cmocka_unit_test_setup_teardown(pulses, begin, end),
        cmocka_unit_test_setup_teardown(pulses_unwanted, begin, end),
        cmocka_unit_test_setup_teardown(gap, begin, end),
        cmocka_unit_test_setup_teardown(clock_back, begin, end),
        cmocka_unit_test_setup_teardown(another_segment, begin, end),
        cmocka_unit_test_setup_teardown(shown, begin, end),
        cmocka_unit_test_setup_teardown(off, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
