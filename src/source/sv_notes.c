/* What was odd in a stream of sampled values, in sentences. */
#include "source/sv_packets.h"

typedef unsigned long long count_t;

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static const char *was(uint64_t n)
{
    return n == 1 ? "was" : "were";
}

static void note_packets(const struct sv_counts *n, struct notes *notes)
{
    if (n->foreign)
        notes_add(notes, "%llu frame%s of other protocols %s skipped", (count_t)n->foreign,
                  plural(n->foreign), was(n->foreign));
    if (n->other_links)
        notes_add(notes, "%llu packet%s that %s not of Ethernet %s skipped",
                  (count_t)n->other_links, plural(n->other_links),
                  n->other_links == 1 ? "is" : "are", was(n->other_links));
    if (n->cut)
        notes_add(notes, "%llu frame%s of sampled values %s not captured whole and %s skipped",
                  (count_t)n->cut, plural(n->cut), was(n->cut), was(n->cut));
    if (n->malformed)
        notes_add(
            notes,
            "%llu frame%s of sampled values could not be read; the first is packet %llu, byte "
            "%zu: %s",
            (count_t)n->malformed, plural(n->malformed), (count_t)n->malformed_packet,
            n->malformed_at, n->malformed_why);
    for (unsigned i = 0; i < n->other_count; i++) {
        char text[SV_KEY_TEXT];
        sv_key_text(&n->others[i], text);
        notes_add(notes, "the stream %s was not followed", text);
    }
    if (n->other_more)
        notes_add(notes, "more streams than these were not followed");
}

static void note_clock(const struct sv_reader *r, struct notes *notes)
{
    const struct sv_clock *c = &r->clock;
    const struct sv_sequence *q = &r->sequence;
    const struct sv_counts *n = &r->counts;
    if (c->from == SV_RATE_TIMES)
        notes_add(notes,
                  "the rate of %g Hz was measured from the capture times of all frames together%s",
                  c->rate_hz,
                  c->is_standard ? ", to the nearest of the standard rates"
                                 : "; no standard rate is near");
    if (c->from == SV_RATE_OPTION)
        notes_add(notes, "the rate of %g Hz is the one given, the stream does not tell it",
                  c->rate_hz);
    if (c->disagrees)
        notes_add(notes, "smpRate and smpCnt tell different rates; %g Hz is used", c->rate_hz);
    if (q->gaps)
        notes_add(notes, "%llu sample%s %s lost in %llu place%s", (count_t)q->lost, plural(q->lost),
                  was(q->lost), (count_t)q->gaps, plural(q->gaps));
    if (q->jumps)
        notes_add(notes, "the sample counter was set anew %llu time%s", (count_t)q->jumps,
                  plural(q->jumps));
    if (q->repeated)
        notes_add(notes, "%llu sample%s came twice and %s dropped", (count_t)q->repeated,
                  plural(q->repeated), was(q->repeated));
    if (q->late)
        notes_add(notes, "%llu sample%s came too late and %s dropped", (count_t)q->late,
                  plural(q->late), was(q->late));
    if (n->beyond)
        notes_add(notes, "%llu sample%s with a count above %u %s dropped", (count_t)n->beyond,
                  plural(n->beyond), c->modulus - 1, was(n->beyond));
    if (n->unsynchronised)
        notes_add(notes,
                  "%llu of %llu samples were taken without clock synchronisation (smpSynch 0)",
                  (count_t)n->unsynchronised, (count_t)n->samples);
}

static void note_samples(const struct sv_reader *r, struct notes *notes)
{
    const struct sv_counts *n = &r->counts;
    const struct {
        uint64_t count;
        const char *text;
    } kinds[] = {
        {n->invalid, "have channels marked invalid, which are left out"},
        {n->questionable, "have channels marked questionable"},
        {n->substituted, "have channels with substituted values"},
        {n->clipped, "have channels marked as overflow or out of range"},
        {n->test, "have channels marked as test"},
        {n->simulated, "came in frames marked as simulated"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].count)
            notes_add(notes, "%llu of %llu samples %s", (count_t)kinds[i].count,
                      (count_t)n->samples, kinds[i].text);
    if (n->reconfigured)
        notes_add(notes, "the stream's configuration (confRev) changed %llu time%s",
                  (count_t)n->reconfigured, plural(n->reconfigured));
    if (n->resized)
        notes_add(notes, "%llu ASDU%s with another number of channels %s dropped",
                  (count_t)n->resized, plural(n->resized), was(n->resized));
    if (!r->layout.is_clear)
        notes_add(
            notes,
            "the data set has %u channels, whose roles a capture does not tell; name them with "
            "--channels",
            r->layout.channel_count);
}

void sv_reader_note(const struct sv_reader *r, struct notes *notes)
{
    note_packets(&r->counts, notes);
    note_clock(r, notes);
    note_samples(r, notes);
}
