#include "source/sv_reader.h"

#include "base/bytes.h"
#include "base/instant.h"
#include "source/sv_packets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum err sv_reader_init(struct sv_reader *r, const struct sv_search *s, uint32_t block_frames,
                        const struct source_options *options, const char *where,
                        struct fault *fault)
{
    memset(r, 0, sizeof *r);
    r->key = s->key;
    r->layout = s->layout;
    r->data_bytes = s->data_bytes;
    r->block_frames = block_frames;
    r->clock = r->found = sv_rate_find(&s->rate, options->rate_hz);
    if (r->clock.from == SV_RATE_UNKNOWN)
        return fault_set(fault, ERR_INPUT,
                         "%s: %llu samples without smpRate, without a wrap of smpCnt and over too "
                         "short a time do not tell their rate (give it with --rate)",
                         where, (unsigned long long)s->rate.asdus);
    enum err err = sv_layout_finish(&r->layout, options, fault);
    if (err)
        return err;
    r->rows = calloc((size_t)block_frames + 1, r->layout.channel_count * sizeof *r->rows);
    if (!r->rows)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", where);
    sv_reader_restart(r);
    return ERR_OK;
}

void sv_reader_free(struct sv_reader *r)
{
    free(r->rows);
    r->rows = NULL;
}

void sv_reader_restart(struct sv_reader *r)
{
    r->clock = r->found;
    sv_sequence_init(&r->sequence, r->clock.rate_hz, r->clock.modulus);
    memset(&r->counts, 0, sizeof r->counts);
    r->base_tick = 0;
    r->base_ns = 0;
    r->frame.asdu_count = r->next_asdu = 0;
    r->carried = r->started = r->begin_next = false;
    r->segment = 0;
}

/* Counts to volts and amperes; returns the flags that the qualities ask for. */
static uint32_t read_row(struct sv_reader *r, const uint8_t *data, float *row)
{
    uint32_t all = 0;
    bool invalid = false, questionable = false;
    for (unsigned i = 0; i < r->layout.channel_count; i++, data += SV_SAMPLE_BYTES) {
        uint32_t quality = get_be32(data + 4), validity = quality & SV_VALIDITY;
        double counts = (int32_t)get_be32(data);
        bool missing = validity != 0 && validity != SV_QUESTIONABLE;
        row[i] = missing ? NAN : (float)(counts * r->layout.factors[i]);
        invalid |= missing;
        questionable |= validity == SV_QUESTIONABLE;
        all |= quality;
    }
    struct sv_counts *n = &r->counts;
    bool clipped = all & (SV_OVERFLOW | SV_OUT_OF_RANGE), substituted = all & SV_SUBSTITUTED;
    n->invalid += invalid;
    n->questionable += questionable;
    n->clipped += clipped;
    n->substituted += substituted;
    n->test += (all & SV_TEST) != 0;
    return (invalid || questionable || substituted ? WAVE_DOUBTFUL : 0u) |
           (clipped ? WAVE_CLIPPED : 0u) | (all & SV_TEST ? WAVE_SIMULATED : 0u);
}

/* The counter has begun again for the first time. If the rate was measured from times, it is now known
 * better: a stream that is played slowly has the rate of its counter. */
static void learn_clock(struct sv_reader *r)
{
    struct sv_clock *c = &r->clock;
    double rate = r->sequence.modulus;
    c->modulus = r->sequence.modulus;
    if (c->from != SV_RATE_TIMES || rate == c->rate_hz || !sv_rate_is_standard(rate))
        return;
    r->base_ns = sv_reader_place_ns(r, r->sequence.tick);
    r->base_tick = r->sequence.tick;
    c->rate_hz = r->sequence.rate_hz = rate;
    c->from = SV_RATE_WRAP;
    c->is_standard = true;
    r->begin_next = true;
}

/* Whether an ASDU of the stream is to be used; sets its flags, with WAVE_BEGIN where a segment begins,
 * and its row. */
static bool take_asdu(struct sv_reader *r, const struct sv_asdu *asdu, float *row, uint32_t *flags)
{
    struct sv_counts *n = &r->counts;
    if (asdu->data_bytes != r->data_bytes) {
        n->resized++;
        return false;
    }
    if (r->clock.modulus && asdu->count >= r->clock.modulus) {
        if (sv_rate_is_standard(r->clock.modulus)) {
            n->beyond++;
            return false;
        }
        /* what looked like the counter's end was a counter set anew */
        r->clock.modulus = r->sequence.modulus = 0;
    }
    /* a frame leaves with its last sample */
    double before_s = (r->frame.asdu_count - r->next_asdu) / r->clock.rate_hz;
    int64_t time_ns = r->frame_ns - llround(before_s * 1e9);
    enum sv_step step = sv_sequence_push(&r->sequence, asdu->count, r->frame_has_time, time_ns);
    if (step == SV_REPEATED || step == SV_LATE)
        return false;
    if (r->sequence.modulus != r->clock.modulus)
        learn_clock(r);
    if (step == SV_FIRST) {
        r->has_date = r->frame_has_time;
        r->origin_ns = r->has_date ? time_ns : 0;
        r->revision = asdu->revision;
    }
    r->newest_ns = time_ns;
    n->samples++;
    n->reconfigured += asdu->revision != r->revision;
    r->revision = asdu->revision;
    n->unsynchronised += asdu->synch == 0;
    n->simulated += r->frame.simulated;
    *flags = read_row(r, asdu->data, row) | (r->frame.simulated ? WAVE_SIMULATED : 0u) |
             (step == SV_NEXT && !r->begin_next ? 0u : WAVE_BEGIN);
    r->begin_next = false;
    return true;
}

/* The next sample of the stream into `row`. */
static enum err next_row(struct sv_reader *r, float *row, uint32_t *flags, struct fault *fault)
{
    for (;;) {
        while (r->next_asdu < r->frame.asdu_count) {
            const struct sv_asdu *asdu = &r->frame.asdus[r->next_asdu++];
            if (!sv_key_matches(&r->key, &r->frame, asdu))
                sv_counts_other(&r->counts, &r->frame, asdu);
            else if (take_asdu(r, asdu, row, flags))
                return ERR_OK;
        }
        struct capture_packet packet;
        r->frame.asdu_count = r->next_asdu = 0;
        enum err err = r->pull(r->context, &packet, fault);
        if (err)
            return err;
        if (!sv_packet_decode(&packet, &r->frame, &r->counts))
            r->frame.asdu_count = 0;
        r->frame_has_time = packet.has_time;
        r->frame_ns = packet.time_ns;
    }
}

int64_t sv_reader_place_ns(const struct sv_reader *r, uint64_t tick)
{
    long double ns = (long double)(tick - r->base_tick) * NS_PER_S / (long double)r->clock.rate_hz;
    return r->base_ns + (int64_t)llroundl(ns);
}

/* Where the block begins, while the clock is the one that it was taken with. */
static void begin_block(struct sv_reader *r, struct wave_block *block, uint64_t tick)
{
    r->place_s =
        (double)r->base_ns / (double)NS_PER_S + (double)(tick - r->base_tick) / r->clock.rate_hz;
    if (block->flags & WAVE_BEGIN) {
        r->segment += r->started;
        r->started = true;
        r->segment_tick = tick;
    }
    block->start_ns = r->origin_ns + sv_reader_place_ns(r, tick);
    block->rate_hz = r->clock.rate_hz;
    block->first_frame = tick - r->segment_tick;
    block->segment = r->segment;
}

enum err sv_reader_read(struct sv_reader *r, struct wave_block *block, struct fault *fault)
{
    unsigned channels = r->layout.channel_count;
    uint32_t frames = 0;
    *block = (struct wave_block){.channels = channels, .samples = r->rows};
    if (r->carried) {
        memmove(r->rows, r->rows + (size_t)r->frames * channels, channels * sizeof *r->rows);
        frames = 1;
        block->flags = r->carried_flags;
        begin_block(r, block, r->carried_tick);
        r->carried = false;
    }
    while (frames < r->block_frames) {
        uint32_t flags = 0;
        enum err err = next_row(r, r->rows + (size_t)frames * channels, &flags, fault);
        if (err && frames > 0 && (err == ERR_END || err == ERR_AGAIN))
            break;
        if (err)
            return err;
        if (frames == 0) {
            block->flags = flags;
            begin_block(r, block, r->sequence.tick);
        } else if (flags != (block->flags & ~(uint32_t)WAVE_BEGIN)) {
            /* what is said of a block holds for all of its frames */
            r->carried = true;
            r->carried_flags = flags;
            r->carried_tick = r->sequence.tick;
            break;
        }
        frames++;
    }
    r->frames = block->frames = frames;
    return ERR_OK;
}
