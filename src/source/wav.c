/* The WAV driver. */
#include "source/wav.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PCM within so much of full scale stands at its end. */
#define END_OF_SCALE (1 - 1.0 / 32767)

extern const struct source_driver source_driver_wav;

struct wav {
    struct recording recording;
    struct wav_layout layout;
    struct input *in;
    uint64_t frame;        /* next */
    unsigned char *at_end; /* of each channel: the sample before stood at the end of the scale */
};

static enum err restart(struct recording *r, struct fault *fault)
{
    struct wav *w = (struct wav *)r;
    w->frame = 0;
    memset(w->at_end, 0, w->layout.channels);
    return input_seek(w->in, w->layout.offset, 0, fault);
}

/* PCM that stands at the end of its scale twice in a row was cut off there. */
static void look_for_clipping(struct wav *w, const float *samples, uint32_t frames, uint32_t *flags)
{
    if (w->layout.form >= WAV_F32)
        return;
    for (uint32_t i = 0; i < frames; i++)
        for (unsigned c = 0; c < w->layout.channels; c++) {
            double end = fabs(w->recording.scale[c]) * END_OF_SCALE;
            bool at_end = fabs((double)samples[(size_t)i * w->layout.channels + c]) >= end;
            if (at_end && w->at_end[c])
                *flags |= WAVE_CLIPPED;
            w->at_end[c] = at_end;
        }
}

static enum err frames(struct recording *r, uint32_t count, float *samples, uint32_t *flags,
                       struct fault *fault)
{
    struct wav *w = (struct wav *)r;
    const struct wav_layout *l = &w->layout;
    size_t frame_bytes = (size_t)l->sample_bytes * l->channels;
    while (count > 0) {
        const unsigned char *p;
        size_t fit = INPUT_PIECE_MAX / 4 / frame_bytes, got;
        size_t want = count < fit ? count : fit;
        enum err err = input_bytes(w->in, want * frame_bytes, &p, &got, fault);
        if (err)
            return err;
        uint32_t whole = (uint32_t)(got / frame_bytes);
        if (whole == 0)
            return fault_set(fault, ERR_INPUT,
                             "%s: the samples end behind frame %" PRIu64
                             "; there were more when the file "
                             "was opened",
                             r->path, w->frame);
        wav_decode(l, p, whole, r->scale, samples);
        look_for_clipping(w, samples, whole, flags);
        samples += (size_t)whole * l->channels;
        count -= whole;
        w->frame += whole;
    }
    return ERR_OK;
}

static void release(struct recording *r)
{
    struct wav *w = (struct wav *)r;
    input_close(w->in);
    free(w->at_end);
    recording_free(r);
    free(w);
}

static const struct recording_reader reader = {restart, frames, release};

static enum err describe(struct wav *w, const char *path, const struct source_options *options,
                         struct fault *fault)
{
    struct recording *r = &w->recording;
    enum err err = wav_read_layout(w->in, &w->layout, &r->notes, fault);
    if (err)
        return err;
    unsigned channels = w->layout.channels;
    err = recording_init(r, &source_driver_wav, &reader, path, channels, options, fault);
    if (err)
        return err;
    w->at_end = calloc(channels, 1);
    if (!w->at_end)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    for (unsigned i = 0; i < channels; i++) {
        snprintf(r->channels[i].name, sizeof r->channels[i].name, "channel %u", i + 1);
        r->channels[i].place = (struct wave_place){ROLE_OTHER, 0};
        r->channels[i].is_primary = true;
    }
    if (!options->channels)
        notes_add(&r->notes, "A WAV file does not say what its channels are: name their roles "
                             "(--channels V1,V2,V3,I1 ...) and what full scale means (--scale).");
    if (options->rate_hz > 0)
        notes_add(&r->notes,
                  "The file states its sampling rate; the rate that was asked for is not used.");
    err = recording_add_segment(r, 0, w->layout.rate_hz, w->layout.frames, fault);
    return err ? err : recording_complete(r, options, fault);
}

/* Takes over the input. */
static enum err open_input(struct input *in, const char *path, const struct source_options *options,
                           struct source **source, struct fault *fault)
{
    struct wav *w = calloc(1, sizeof *w);
    if (!w) {
        input_close(in);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    }
    w->in = in;
    enum err err = describe(w, path, options, fault);
    if (err)
        release(&w->recording);
    else
        *source = &w->recording.source;
    return err;
}

enum err wav_open_memory(const void *bytes, size_t length, const struct source_options *options,
                         struct source **source, struct fault *fault)
{
    struct input *in;
    *source = NULL;
    enum err err = input_open_memory("memory.wav", bytes, length, &in, fault);
    return err ? err : open_input(in, "memory.wav", options, source, fault);
}

static enum err open_path(const char *path, const struct source_options *options,
                          struct source **source, struct fault *fault)
{
    struct input *in;
    enum err err = input_open(path, &in, fault);
    return err ? err : open_input(in, path, options, source, fault);
}

static int probe(const char *path, const unsigned char *head, size_t head_bytes)
{
    (void)path;
    return head_bytes >= 12 && (memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0) &&
                   memcmp(head + 8, "WAVE", 4) == 0
               ? 100
               : 0;
}

const struct source_driver source_driver_wav = {
    .format = "wav",
    .help = "WAV (PCM, float)",
    .probe = probe,
    .open = open_path,
    .read = recording_read,
    .rewind = recording_rewind,
    .close = recording_close,
};
