/* The chunks of a WAV file, and its samples. "Multimedia Programming Interface and Data Specifications
 * 1.0" (RIFF, WAVE), Microsoft "Multiple Channel Audio Data and WAVE Files" (extensible), EBU Tech 3306
 * (RF64). */
#include "source/wav.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define TAG_PCM        1
#define TAG_FLOAT      3
#define TAG_EXTENSIBLE 0xfffe
#define FORMAT_BYTES   40 /* the longest form of the chunk "fmt " that is looked at */
#define CHUNKS_MAX     10000
#define SIZE_UNKNOWN   0xffffffffu

struct chunk {
    char id[4];
    uint64_t size, offset; /* of its content */
};

static bool is_id(const char *id, const char *wanted)
{
    return memcmp(id, wanted, 4) == 0;
}

static enum err bad(struct input *in, uint64_t offset, struct fault *fault, const char *what)
{
    return fault_set(fault, ERR_INPUT, "%s: byte %" PRIu64 ": %s", input_name(in), offset, what);
}

/* ERR_END behind the last one. */
static enum err next_chunk(struct input *in, struct chunk *c, struct fault *fault)
{
    const unsigned char *p;
    size_t got;
    enum err err = input_bytes(in, 8, &p, &got, fault);
    if (err)
        return err;
    if (got < 8)
        return ERR_END;
    memcpy(c->id, p, 4);
    c->size = get_le32(p + 4);
    c->offset = input_offset(in);
    return ERR_OK;
}

static enum err find_form(struct input *in, uint64_t at, unsigned tag, unsigned bits,
                          struct wav_layout *l, struct fault *fault)
{
    static const struct {
        unsigned tag, bytes;
        enum wav_form form;
    } forms[] = {{TAG_PCM, 1, WAV_U8},  {TAG_PCM, 2, WAV_S16},   {TAG_PCM, 3, WAV_S24},
                 {TAG_PCM, 4, WAV_S32}, {TAG_FLOAT, 4, WAV_F32}, {TAG_FLOAT, 8, WAV_F64}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].tag == tag && forms[i].bytes == l->sample_bytes &&
            bits <= 8 * l->sample_bytes && bits + 8 > 8 * l->sample_bytes) {
            l->form = forms[i].form;
            return ERR_OK;
        }
    return fault_set(fault, ERR_UNSUPPORTED,
                     "%s: byte %" PRIu64
                     ": samples of format %u with %u bits in %u bytes; PCM of 8, 16, "
                     "24 or 32 bits and float of 32 or 64 bits are read",
                     input_name(in), at, tag, bits, l->sample_bytes);
}

static enum err read_format(struct input *in, const struct chunk *c, struct wav_layout *l,
                            struct fault *fault)
{
    const unsigned char *p;
    size_t got;
    enum err err =
        input_bytes(in, c->size < FORMAT_BYTES ? (size_t)c->size : FORMAT_BYTES, &p, &got, fault);
    if (err)
        return err;
    if (got < 16)
        return bad(in, c->offset, fault, "a format of less than 16 bytes");
    unsigned tag = get_le16(p), align = get_le16(p + 12), bits = get_le16(p + 14);
    l->channels = get_le16(p + 2);
    l->rate_hz = get_le32(p + 4);
    if (tag == TAG_EXTENSIBLE && got >= 26)
        tag = get_le16(p + 24);
    if (l->channels < 1 || l->channels > SOURCE_CHANNELS_MAX)
        return fault_set(fault, ERR_UNSUPPORTED,
                         "%s: byte %" PRIu64 ": %u channels; 1 to %d are read", input_name(in),
                         c->offset + 2, l->channels, SOURCE_CHANNELS_MAX);
    if (!(l->rate_hz > 0 && l->rate_hz <= RECORDING_RATE_MAX_HZ))
        return bad(in, c->offset + 4, fault, "a sampling rate that is none");
    if (align == 0 || align % l->channels != 0)
        return bad(in, c->offset + 12, fault, "a size of frames that does not fit the channels");
    l->sample_bytes = align / l->channels;
    return find_form(in, c->offset, tag, bits, l, fault);
}

static void measure_data(struct input *in, struct wav_layout *l, const struct chunk *c,
                         uint64_t size_64, struct notes *notes)
{
    uint64_t rest = input_size(in) - c->offset, size = c->size;
    unsigned frame = l->sample_bytes * l->channels;
    if (size == SIZE_UNKNOWN && size_64 > 0)
        size = size_64;
    if (size > rest || size == 0) {
        notes_add(notes,
                  "The file does not know the length of its samples, or ends before it; it is read "
                  "to its end.");
        size = rest;
    }
    l->offset = c->offset;
    l->frames = size / frame;
    if (size % frame != 0)
        notes_add(notes, "The samples end within a frame; that part is left out.");
}

static enum err read_chunks(struct input *in, struct wav_layout *l, struct notes *notes,
                            struct fault *fault)
{
    uint64_t size_64 = 0;
    for (int i = 0; i < CHUNKS_MAX; i++) {
        struct chunk c;
        enum err err = next_chunk(in, &c, fault);
        if (err == ERR_END)
            break;
        if (!err && is_id(c.id, "data") && l->channels == 0)
            return bad(in, c.offset - 8, fault, "samples before their format");
        if (!err && is_id(c.id, "data")) {
            measure_data(in, l, &c, size_64, notes);
            return ERR_OK;
        }
        if (!err && is_id(c.id, "fmt "))
            err = read_format(in, &c, l, fault);
        if (!err && is_id(c.id, "ds64")) {
            const unsigned char *p;
            size_t got;
            err = input_bytes(in, 24, &p, &got, fault);
            size_64 = !err && got == 24 ? get_le64(p + 8) : 0;
        }
        if (!err && c.offset + c.size > input_size(in))
            break;
        if (!err)
            err = input_seek(in, c.offset + c.size + c.size % 2, 0, fault);
        if (err)
            return err;
    }
    return bad(in, input_offset(in), fault, "the file has no samples (chunk \"data\")");
}

enum err wav_read_layout(struct input *in, struct wav_layout *layout, struct notes *notes,
                         struct fault *fault)
{
    const unsigned char *p;
    size_t got;
    *layout = (struct wav_layout){0};
    if (input_is_packed(in))
        return bad(in, 0, fault, "a packed file, expected \"RIFF\"");
    enum err err = input_bytes(in, 12, &p, &got, fault);
    if (err)
        return err;
    if (got < 12 || (memcmp(p, "RIFF", 4) != 0 && memcmp(p, "RF64", 4) != 0) ||
        memcmp(p + 8, "WAVE", 4) != 0)
        return bad(in, 0, fault, "expected \"RIFF\" and \"WAVE\"");
    return read_chunks(in, layout, notes, fault);
}

/* --- samples ----------------------------------------------------------------------------------------- */

static double sample_at(const struct wav_layout *l, const unsigned char *p)
{
    uint32_t bits_32;
    uint64_t bits_64;
    float single;
    double value;
    switch (l->form) {
    case WAV_U8:
        return (p[0] - 128) / 128.0;
    case WAV_S16:
        return (int16_t)get_le16(p) / 32768.0;
    case WAV_S24:
        return (int32_t)((uint32_t)p[2] << 24 | (uint32_t)get_le16(p) << 8) / 2147483648.0;
    case WAV_S32:
        return (int32_t)get_le32(p) / 2147483648.0;
    case WAV_F32:
        bits_32 = get_le32(p);
        memcpy(&single, &bits_32, sizeof single);
        return isfinite(single) ? (double)single : NAN;
    case WAV_F64:
        bits_64 = get_le64(p);
        memcpy(&value, &bits_64, sizeof value);
        return isfinite(value) ? value : NAN;
    }
    return NAN;
}

void wav_decode(const struct wav_layout *l, const unsigned char *p, uint32_t frames,
                const double *gain, float *samples)
{
    for (uint32_t i = 0; i < frames; i++)
        for (unsigned c = 0; c < l->channels; c++, p += l->sample_bytes)
            *samples++ = (float)(sample_at(l, p) * gain[c]);
}
