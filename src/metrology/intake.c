/* Intake: from the blocks of a source to the frames of the rings. */
#include "metrology/internal.h"

#include <math.h>
#include <string.h>

/* --- Chunks --------------------------------------------------------------------------------------------- */

/* Puts 0 for samples that are no measurement, and notes where they were. */
static void strike_out(lanes_f *frame, uint8_t *missing, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        missing[i] = 0;
        for (unsigned l = 0; l < LANES; l++)
            if (!(fabsf(frame[i][l]) <= LANES_LARGEST)) {
                missing[i] |= (uint8_t)(1u << l);
                frame[i][l] = 0;
            }
    }
}

/* The frames since the last chunk's end are complete in the rings: a chunk, or the stretch's last part. */
void intake_end_chunk(struct metrology *m)
{
    uint64_t first = (uint64_t)(m->frames - 1) / m->chunk * m->chunk;
    uint32_t n = (uint32_t)((uint64_t)m->frames - first);
    uint32_t at = (uint32_t)(first & (m->frame_ring - 1));
    uint32_t slot = (uint32_t)(first / m->chunk & (m->chunk_ring - 1));
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct bank *bank = &m->bank[b];
        bank->missing[slot] = (uint8_t)bank->pending_missing;
        if (bank->pending_missing)
            strike_out(bank->frame + at, bank->frame_missing + at, n);
        bank->pending_missing = 0;
        frames_written(m, bank, at);
    }
    m->chunk_flags[slot] = (uint8_t)m->pending_flags;
    m->pending_flags = 0;
}

/* --- Blocks --------------------------------------------------------------------------------------------- */

/* n frames of a source, as wave_block has them. */
struct frames {
    const float *samples;
    uint32_t channels;
    uint32_t n;
};

static void mix_frames(struct metrology *m, const struct frames *from, uint32_t at)
{
    for (unsigned b = 0; b < m->bank_count; b++) {
        struct bank *bank = &m->bank[b];
        bank->pending_missing |= m->ops->mix(bank->frame + at, from->samples, from->channels,
                                             from->n, bank->term, bank->terms, bank->offset);
    }
}

static void take_frames(struct metrology *m, struct frames block, uint32_t flags)
{
    if (block.channels != m->mixed_channels)
        for (unsigned b = 0; b < m->bank_count; b++)
            for (unsigned t = 0; t < m->bank[b].terms; t++)
                lanes_mix_prepare(&m->bank[b].term[t], block.channels);
    m->mixed_channels = block.channels;
    while (block.n > 0) {
        uint32_t in_chunk = (uint32_t)((uint64_t)m->frames & (m->chunk - 1));
        struct frames piece = block;
        if (piece.n > m->chunk - in_chunk)
            piece.n = m->chunk - in_chunk;
        uint32_t at = (uint32_t)((uint64_t)m->frames & (m->frame_ring - 1));
        mix_frames(m, &piece, at);
        memset(m->frame_flags + at, (int)(flags & 0xff), piece.n);
        m->frames += piece.n;
        m->pending_flags |= flags;
        block.samples += (size_t)piece.n * block.channels;
        block.n -= piece.n;
        if (((uint64_t)m->frames & (m->chunk - 1)) == 0) {
            intake_end_chunk(m);
            metrology_advance(m);
        }
    }
}

/* Takes what the moved channels allow; `all` at the end of a stretch. */
static void take_moved(struct metrology *m, bool all)
{
    uint8_t flags;
    uint32_t n;
    while ((n = shift_give(m->shift, all, &flags)) > 0)
        take_frames(m, (struct frames){m->shift->moved, m->shift->channels, n}, flags);
}

static void take_late(struct metrology *m, struct frames block, uint32_t flags)
{
    while (block.n > 0) {
        uint32_t n = block.n < SHIFT_PIECE ? block.n : SHIFT_PIECE;
        shift_take(m->shift, block.samples, block.channels, n, (uint8_t)flags);
        take_moved(m, false);
        block.samples += (size_t)n * block.channels;
        block.n -= n;
    }
}

void intake_end(struct metrology *m)
{
    if (m->shift)
        take_moved(m, true);
}

void intake_take(struct metrology *m, const struct wave_block *block)
{
    struct frames all = {block->samples, block->channels, block->frames};
    if (m->shift)
        take_late(m, all, block->flags);
    else
        take_frames(m, all, block->flags);
}
