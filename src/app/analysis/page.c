/* The page that `busbar analyse` prints: what a power-quality engineer would pin to the report. */
#include "app/analysis/analysis.h"
#include "base/instant.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BOLD  "\033[1m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

#define LABEL_COLUMNS  12
#define NUMBER_COLUMNS 11

struct page {
    const struct analysis *a;
    struct text *out;
    bool colour;
};

static void styled(struct page *p, const char *style, const char *text)
{
    if (p->colour)
        text_puts(p->out, style);
    text_puts(p->out, text);
    if (p->colour)
        text_puts(p->out, PLAIN);
}

static void heading(struct page *p, const char *title)
{
    char line[64];
    snprintf(line, sizeof line, "%-*s", LABEL_COLUMNS, title);
    styled(p, BOLD, line);
}

/* --- Numbers ------------------------------------------------------------------------------------------ */

struct prefix {
    const char *symbol;
    double factor;
};

/* The prefix that suits the largest of a row, so that neighbours share it. */
static struct prefix prefix_for(enum unit unit, double largest)
{
    static const struct prefix prefixes[] = {{"M", 1e6}, {"k", 1e3}, {"", 1}, {"m", 1e-3}};
    bool scales = unit != UNIT_NONE && unit != UNIT_PERCENT && unit != UNIT_DEG && unit != UNIT_HZ;
    for (int i = 0; scales && i < 4; i++)
        if (largest >= prefixes[i].factor * (prefixes[i].factor >= 1 ? 1 : 0.5))
            return prefixes[i];
    return prefixes[2];
}

/* Five significant digits, all of a row with the same decimals. */
static int decimals_for(double largest)
{
    int whole = largest >= 1 ? (int)floor(log10(largest)) + 1 : 1;
    int decimals = 5 - whole;
    return decimals < 0 ? 0 : decimals > 4 ? 4 : decimals;
}

enum column { COLUMN_MEAN, COLUMN_MIN, COLUMN_MAX };

static double figure(const struct analysis_circuit *c, enum quantity q, enum column which)
{
    if (quantity_info(q)->kind == KIND_COUNTER)
        return c->stat[q].max;
    return which == COLUMN_MEAN  ? analysis_mean(c, q)
           : which == COLUMN_MIN ? c->stat[q].min
                                 : c->stat[q].max;
}

static bool there(const struct analysis_circuit *c, enum quantity q)
{
    return q != Q_COUNT && c->stat[q].count > 0;
}

/* A row of up to five figures; a blank where there is none. */
static void row(struct page *p, const struct analysis_circuit *c, const char *label,
                const enum quantity q[5], enum column which)
{
    double largest = 0;
    enum unit unit = UNIT_NONE;
    bool any = false;
    for (int i = 0; i < 5; i++)
        if (there(c, q[i])) {
            largest = fmax(largest, fmax(fabs(c->stat[q[i]].max), fabs(c->stat[q[i]].min)));
            unit = quantity_info(q[i])->unit;
            any = true;
        }
    if (!any)
        return;
    struct prefix prefix = prefix_for(unit, largest);
    int decimals = decimals_for(largest / prefix.factor);
    char text[48];
    text_puts(p->out, "  ");
    text_column(p->out, label, 6);
    snprintf(text, sizeof text, "%s%s", prefix.symbol, unit_symbol(unit));
    text_column(p->out, text, 6);
    for (int i = 0; i < 5; i++) {
        if (there(c, q[i]))
            snprintf(text, sizeof text, "%*.*f", NUMBER_COLUMNS, decimals,
                     figure(c, q[i], which) / prefix.factor);
        else
            snprintf(text, sizeof text, "%*s", NUMBER_COLUMNS, "");
        text_puts(p->out, text);
    }
    text_puts(p->out, "\n");
}

/* --- Parts ---------------------------------------------------------------------------------------------- */

static void write_recording(struct page *p)
{
    const struct source_info *info = p->a->info;
    char start[INSTANT_TEXT] = "no date";
    if (info->has_date)
        instant_format(info->start_ns, 6, start);
    heading(p, "Recording");
    const char *slash = info->file ? strrchr(info->file, '/') : NULL;
    text_printf(p->out, "%s\n", slash ? slash + 1 : info->file ? info->file : "");
    text_printf(p->out, "%*s%s, %s, %.6g s, %u channels\n", LABEL_COLUMNS, "", info->format, start,
                info->duration_s, info->channel_count);
    unsigned shown = info->segment_count < 8 ? info->segment_count : 4;
    for (unsigned i = 0; i < shown; i++) {
        const struct source_segment *s = &info->segments[i];
        text_printf(p->out, "%*sfrom %10.4f s: %llu samples at %.8g Hz\n", LABEL_COLUMNS, "",
                    s->start_s, (unsigned long long)s->frames, s->rate_hz);
    }
    if (shown < info->segment_count)
        text_printf(p->out, "%*sand %u more segments\n", LABEL_COLUMNS, "",
                    info->segment_count - shown);
}

/* A sentence, broken at blanks to a width that a page holds. */
static void paragraph(struct page *p, const char *mark, const char *sentence)
{
    const size_t width = 88;
    size_t at = 0, length = strlen(sentence);
    while (at < length) {
        size_t end = length;
        if (end - at > width) {
            end = at + width;
            while (end > at && sentence[end] != ' ')
                end--;
            if (end == at)
                for (end = at + width; end < length && sentence[end] != ' ';)
                    end++;
        }
        text_printf(p->out, "  %s ", at == 0 ? mark : " ");
        text_add(p->out, sentence + at, end - at);
        text_puts(p->out, "\n");
        at = end + (end < length);
    }
}

static void write_notes(struct page *p)
{
    const struct analysis *a = p->a;
    if (a->info->note_count + a->note_count == 0)
        return;
    text_puts(p->out, "\n");
    heading(p, "Notes");
    text_puts(p->out, "\n");
    for (unsigned i = 0; i < a->info->note_count; i++)
        paragraph(p, "-", a->info->notes[i]);
    for (unsigned i = 0; i < a->note_count; i++)
        paragraph(p, "-", a->note[i]);
}

static const char *origin(enum nominal_from f)
{
    return f == NOMINAL_OPTION      ? "as given"
           : f == NOMINAL_RECORDING ? "as the recording states"
                                    : "as measured";
}

static void write_nominal(struct page *p)
{
    const struct analysis *a = p->a;
    text_puts(p->out, "\n");
    heading(p, "Nominal");
    text_printf(p->out, "%g Hz, %s\n", a->nominal_hz, origin(a->nominal_hz_from));
    for (unsigned i = 0; i < a->meter_count; i++) {
        const struct analysis_meter *m = &a->meter[i], *before = i ? m - 1 : NULL;
        if (m->voltages_of == 0)
            continue;
        text_printf(p->out, "%*scircuit %u: ", LABEL_COLUMNS, "", m->voltages_of);
        struct prefix prefix = prefix_for(UNIT_V, m->nominal_voltage_v);
        if (m->nominal_voltage_v <= 0)
            text_puts(p->out, "no voltage; events are not looked for\n");
        else if (before && before->nominal_voltage_v == m->nominal_voltage_v)
            text_puts(p->out, "the same\n");
        else
            text_printf(p->out, "%.6g %sV %s, %s\n", m->nominal_voltage_v / prefix.factor,
                        prefix.symbol, m->delta ? "between phases" : "to neutral",
                        origin(m->nominal_from));
    }
}

static void write_channels(struct page *p, const struct analysis_circuit *c)
{
    const struct source_info *info = p->a->info;
    bool any = false;
    for (unsigned i = 0; i < info->channel_count; i++) {
        const struct source_channel *ch = &info->channels[i];
        if (ch->place.role == ROLE_OTHER || ch->place.circuit != c->number)
            continue;
        text_printf(p->out, "%s%s %s", any ? ", " : "  ", wave_role_name(ch->place.role), ch->name);
        any = true;
    }
    if (c->voltages_of && c->voltages_of != c->number)
        text_printf(p->out, "%swith the voltages of circuit %u", any ? ", " : "  ", c->voltages_of);
    text_puts(p->out, "\n");
}

static void write_values(struct page *p, const struct analysis_circuit *c)
{
    static const struct {
        const char *label;
        enum quantity q[5];
        bool spread;     /* show smallest and largest too */
        bool of_network; /* not of the load */
    } rows[] = {
        {"F", {Q_COUNT, Q_COUNT, Q_COUNT, Q_COUNT, Q_F}, true, true},
        {"V", {Q_V1, Q_V2, Q_V3, Q_VN, Q_VSYS}, true, true},
        {"U", {Q_U12, Q_U23, Q_U31, Q_COUNT, Q_USYS}, true, true},
        {"I", {Q_I1, Q_I2, Q_I3, Q_IN, Q_ISYS}, true},
        {"P", {Q_P1, Q_P2, Q_P3, Q_COUNT, Q_P}, true},
        {"Q", {Q_Q1, Q_Q2, Q_Q3, Q_COUNT, Q_Q}, false},
        {"S", {Q_S1, Q_S2, Q_S3, Q_COUNT, Q_S}, false},
        {"PF", {Q_PF1, Q_PF2, Q_PF3, Q_COUNT, Q_PF}, false},
        {"cos φ", {Q_COSPHI1, Q_COSPHI2, Q_COSPHI3, Q_COUNT, Q_COSPHI}, false},
        {"THD V", {Q_THD_V1, Q_THD_V2, Q_THD_V3, Q_COUNT, Q_THD_VSYS}, false, true},
        {"THD U", {Q_THD_U12, Q_THD_U23, Q_THD_U31, Q_COUNT, Q_THD_USYS}, false, true},
        {"THD I", {Q_THD_I1, Q_THD_I2, Q_THD_I3, Q_THD_IN, Q_THD_ISYS}, false},
    };
    /* Voltages that another circuit lends stand there already. */
    bool lent = c->voltages_of && c->voltages_of != c->number;
    char line[96];
    snprintf(line, sizeof line, "%*s%*s%*s%*s%*s%*s\n", 14, "", NUMBER_COLUMNS, "1 (12)",
             NUMBER_COLUMNS, "2 (23)", NUMBER_COLUMNS, "3 (31)", NUMBER_COLUMNS, "N",
             NUMBER_COLUMNS, "all");
    styled(p, FAINT, line);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (lent && rows[i].of_network)
            continue;
        row(p, c, rows[i].label, rows[i].q, COLUMN_MEAN);
        bool varies = false;
        for (int k = 0; k < 5; k++)
            varies = varies || (there(c, rows[i].q[k]) && c->stat[rows[i].q[k]].count > 1);
        if (rows[i].spread && varies) {
            row(p, c, "  min", rows[i].q, COLUMN_MIN);
            row(p, c, "  max", rows[i].q, COLUMN_MAX);
        }
    }
    static const enum quantity unbalance[] = {Q_VNB, Q_V0NB, Q_INB, Q_I0NB};
    static const char *const meaning[] = {"V inverse", "V zero", "I inverse", "I zero"};
    bool any = false;
    for (int i = 0; i < 4; i++)
        if (there(c, unbalance[i]) && !(lent && i < 2)) {
            text_printf(p->out, "%s%s %.2f %%", any ? ", " : "  unbalance   ", meaning[i],
                        analysis_mean(c, unbalance[i]));
            any = true;
        }
    if (any)
        text_puts(p->out, "\n");
    if (there(c, Q_EA_POS))
        text_printf(p->out,
                    "  energy      active +%.6g -%.6g Wh, reactive +%.6g -%.6g varh, apparent %.6g "
                    "VAh\n",
                    c->stat[Q_EA_POS].max, c->stat[Q_EA_NEG].max, c->stat[Q_ER_POS].max,
                    c->stat[Q_ER_NEG].max, c->stat[Q_ES].max);
}

/* The largest harmonics of a channel, in order of their size. */
static void write_harmonics(struct page *p, const struct analysis_circuit *c)
{
    bool titled = false, lent = c->voltages_of && c->voltages_of != c->number;
    for (int i = lent ? SPECTRUM_I1 : 0; i < SPECTRUM_COUNT; i++) {
        const struct analysis_spectrum *s = &c->spectrum[i];
        if (s->count == 0 || s->highest < 2 || s->squares[1] <= 0 || i == SPECTRUM_VN ||
            i == SPECTRUM_IN ||
            (i >= SPECTRUM_U12 && i <= SPECTRUM_U31 && !p->a->meter[c->meter].delta))
            continue;
        bool used[HARMONIC_MAX + 1] = {false};
        text_printf(p->out, "  %-12s", titled ? "" : "harmonics");
        titled = true;
        text_column(p->out, quantity_info(spectrum_quantity((enum spectrum_channel)i))->name, 5);
        for (int n = 0; n < 6; n++) {
            unsigned best = 0;
            for (unsigned h = 2; h <= s->highest; h++)
                if (!used[h] && (best == 0 || s->squares[h] > s->squares[best]))
                    best = h;
            if (best == 0)
                break;
            used[best] = true;
            text_printf(p->out, " %3u: %5.2f %%", best,
                        100 * sqrt(s->squares[best] / s->squares[1]));
        }
        text_puts(p->out, "\n");
    }
}

static void write_event(struct page *p, const struct analysis_event *e, size_t number)
{
    double start = analysis_seconds(p->a, e->start_ns);
    enum unit unit = e->kind == EVENT_OVERCURRENT ? UNIT_A : UNIT_V;
    struct prefix prefix = prefix_for(unit, e->reference);
    char text[96];
    snprintf(text, sizeof text, "  %zu", number);
    text_column(p->out, text, 6);
    text_column(p->out, event_kind_name(e->kind), 14);
    text_printf(p->out, "%10.4f s", start);
    if (e->ended)
        text_printf(p->out, "%10.4f s", analysis_seconds(p->a, e->end_ns) - start);
    else
        text_printf(p->out, "%12s", "still runs");
    text_printf(p->out, "  circuit %u:", e->circuit);
    for (unsigned i = 0; i < e->channel_count; i++) {
        char name[ANALYSIS_CHANNEL_TEXT];
        analysis_channel_name(&e->channel[i], e->circuit, name);
        text_printf(p->out, "%s%s %.5g %s%s (%.1f %%)", i ? ", " : " ", name,
                    e->channel[i].extreme / prefix.factor, prefix.symbol, unit_symbol(unit),
                    e->channel[i].percent);
    }
    text_puts(p->out, "\n");
}

/* "2 dips, 1 swell" */
static void count_kinds(struct page *p)
{
    const struct analysis *a = p->a;
    bool any = false;
    for (int k = 0; k < EVENT_KINDS; k++) {
        size_t n = 0;
        for (size_t i = 0; i < a->event_count; i++)
            n += a->event[i].kind == (enum event_kind)k;
        if (n == 0)
            continue;
        text_printf(p->out, "%s%zu %s%s", any ? ", " : "", n, event_kind_name((enum event_kind)k),
                    n > 1 ? "s" : "");
        any = true;
    }
    text_puts(p->out, "\n");
}

static void write_events(struct page *p)
{
    const struct analysis *a = p->a;
    text_puts(p->out, "\n");
    heading(p, "Events");
    if (a->event_count == 0) {
        text_puts(p->out, "none\n");
        return;
    }
    count_kinds(p);
    char line[96];
    snprintf(line, sizeof line, "      %-14s%12s%12s\n", "kind", "begins", "lasts");
    styled(p, FAINT, line);
    for (size_t i = 0; i < a->event_count && i < 100; i++)
        write_event(p, &a->event[i], i + 1);
    if (a->event_count > 100)
        text_printf(p->out, "  ... and %zu more (--json has them all)\n", a->event_count - 100);
}

void analysis_write_page(const struct analysis *a, struct text *out, bool colour)
{
    struct page page = {a, out, colour}, *p = &page;
    write_recording(p);
    write_notes(p);
    write_nominal(p);
    for (unsigned i = 0; i < a->circuit_count; i++) {
        const struct analysis_circuit *c = &a->circuit[i];
        char title[24];
        text_puts(out, "\n");
        snprintf(title, sizeof title, "Circuit %u", c->number);
        heading(p, title);
        text_puts(out, c->type);
        write_channels(p, c);
        write_values(p, c);
        write_harmonics(p, c);
    }
    write_events(p);
}
