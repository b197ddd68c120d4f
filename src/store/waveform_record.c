/* A set of waveforms as bytes. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "store/waveforms.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char magic[8] = {'B', 'B', 'W', 'A', 'V', 'E', 'S', '\0'};

/* Where things lie in the header (docs/format.md). */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 8,
    AT_COUNT = 12,
    AT_ID = 16,
    AT_EVENT = 24,
    AT_TRIGGER = 32,
    AT_START = 40,
    AT_RATE = 48,
    AT_NOMINAL = 56,
    AT_BEFORE = 64,
    AT_FLAGS = 68,
    AT_SUBSAMPLING = 72,
    AT_REASON = 74,
    AT_END = 75,
    AT_DEVICE = 76,
    AT_LOAD = 77,
    AT_PRESENT = 78,
    AT_LINES = 80,
    AT_SAMPLES_CRC = 120,
    AT_HEADER_CRC = 124,
};

/* Channels have numbers of their own in the file: those of the enumeration may change. */
static const enum spectrum_channel channels[] = {
    SPECTRUM_V1,  SPECTRUM_V2, SPECTRUM_V3, SPECTRUM_U12, SPECTRUM_U23,
    SPECTRUM_U31, SPECTRUM_I1, SPECTRUM_I2, SPECTRUM_I3,  SPECTRUM_IN};
#define CHANNELS (sizeof channels / sizeof *channels)

static uint8_t number_of(enum spectrum_channel c)
{
    uint8_t n = 0;
    while (n < CHANNELS && channels[n] != c)
        n++;
    assert(n < CHANNELS);
    return n;
}

static void put_double(uint8_t *at, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, 8);
    put_le64(at, bits);
}

static double get_double(const uint8_t *at)
{
    uint64_t bits = get_le64(at);
    double x;
    memcpy(&x, &bits, 8);
    return x;
}

static uint8_t *put_samples(const struct waveform_set *set, uint8_t *at)
{
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        for (unsigned i = 0; set->line[l].present && i < set->count; i++) {
            uint32_t bits;
            memcpy(&bits, &set->sample[l][i], 4);
            put_le32(at, bits);
            at += 4;
        }
    return at;
}

size_t waveform_encode(const struct waveform_set *set, uint8_t *bytes)
{
    unsigned present = 0;
    assert(set->count <= CAPTURE_SAMPLES);
    memset(bytes, 0, WAVEFORM_HEADER_BYTES);
    memcpy(bytes + AT_MAGIC, magic, sizeof magic);
    put_le32(bytes + AT_VERSION, WAVEFORM_VERSION);
    put_le32(bytes + AT_COUNT, set->count);
    put_le64(bytes + AT_ID, set->id);
    put_le64(bytes + AT_EVENT, (uint64_t)set->event_ns);
    put_le64(bytes + AT_TRIGGER, (uint64_t)set->trigger_ns);
    put_le64(bytes + AT_START, (uint64_t)set->start_ns);
    put_double(bytes + AT_RATE, set->rate_hz);
    put_double(bytes + AT_NOMINAL, set->nominal_hz);
    put_le32(bytes + AT_BEFORE, set->before);
    put_le32(bytes + AT_FLAGS, set->flags);
    put_le16(bytes + AT_SUBSAMPLING, (uint16_t)set->subsampling);
    bytes[AT_REASON] = (uint8_t)set->reason;
    bytes[AT_END] = set->at_end;
    bytes[AT_DEVICE] = set->device;
    bytes[AT_LOAD] = set->load;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        uint8_t *at = bytes + AT_LINES + 4 * l;
        present |= (set->line[l].present ? 1u : 0u) << l;
        at[0] = number_of(set->line[l].channel);
        at[1] = set->line[l].device;
        at[2] = set->line[l].load;
    }
    put_le16(bytes + AT_PRESENT, (uint16_t)present);
    uint8_t *samples = bytes + WAVEFORM_HEADER_BYTES, *end = put_samples(set, samples);
    put_le32(bytes + AT_SAMPLES_CRC, crc32_of(0, samples, (size_t)(end - samples)));
    put_le32(bytes + AT_HEADER_CRC, crc32_of(0, bytes, AT_HEADER_CRC));
    return (size_t)(end - bytes);
}

static bool get_samples(struct waveform_set *set, const uint8_t *at)
{
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        for (unsigned i = 0; set->line[l].present && i < set->count; i++, at += 4) {
            uint32_t bits = get_le32(at);
            memcpy(&set->sample[l][i], &bits, 4);
            if (!isfinite(set->sample[l][i]))
                return false;
        }
    return true;
}

static bool get_header(struct waveform_set *set, const uint8_t *bytes)
{
    set->count = get_le32(bytes + AT_COUNT);
    set->id = get_le64(bytes + AT_ID);
    set->event_ns = (int64_t)get_le64(bytes + AT_EVENT);
    set->trigger_ns = (int64_t)get_le64(bytes + AT_TRIGGER);
    set->start_ns = (int64_t)get_le64(bytes + AT_START);
    set->rate_hz = get_double(bytes + AT_RATE);
    set->nominal_hz = get_double(bytes + AT_NOMINAL);
    set->before = get_le32(bytes + AT_BEFORE);
    set->flags = get_le32(bytes + AT_FLAGS);
    set->subsampling = get_le16(bytes + AT_SUBSAMPLING);
    set->reason = (enum capture_reason)bytes[AT_REASON];
    set->at_end = bytes[AT_END];
    set->device = bytes[AT_DEVICE];
    set->load = bytes[AT_LOAD];
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++) {
        const uint8_t *at = bytes + AT_LINES + 4 * l;
        if (at[0] >= CHANNELS)
            return false;
        set->line[l].present = get_le16(bytes + AT_PRESENT) >> l & 1;
        set->line[l].channel = channels[at[0]];
        set->line[l].device = at[1];
        set->line[l].load = at[2];
    }
    return set->id > 0 && set->count > 0 && set->count <= CAPTURE_SAMPLES &&
           set->before <= CAPTURE_SAMPLES && set->reason < CAPTURE_REASONS && bytes[AT_END] <= 1 &&
           isfinite(set->rate_hz) && set->rate_hz > 0 && isfinite(set->nominal_hz) &&
           set->nominal_hz > 0;
}

bool waveform_decode(const uint8_t *bytes, size_t length, struct waveform_set *set)
{
    memset(set, 0, sizeof *set);
    if (length < WAVEFORM_HEADER_BYTES || memcmp(bytes, magic, sizeof magic) != 0 ||
        get_le32(bytes + AT_HEADER_CRC) != crc32_of(0, bytes, AT_HEADER_CRC) ||
        get_le32(bytes + AT_VERSION) != WAVEFORM_VERSION || !get_header(set, bytes))
        return false;
    size_t lines = 0;
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        lines += set->line[l].present;
    size_t samples = 4 * lines * set->count;
    return length == WAVEFORM_HEADER_BYTES + samples &&
           get_le32(bytes + AT_SAMPLES_CRC) ==
               crc32_of(0, bytes + WAVEFORM_HEADER_BYTES, samples) &&
           get_samples(set, bytes + WAVEFORM_HEADER_BYTES);
}
