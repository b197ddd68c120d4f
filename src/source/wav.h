/* The inner parts of the WAV driver. */
#ifndef SOURCE_WAV_H
#define SOURCE_WAV_H

#include "source/input.h"
#include "source/notes.h"
#include "source/recording.h"

enum wav_form { WAV_U8, WAV_S16, WAV_S24, WAV_S32, WAV_F32, WAV_F64 };

struct wav_layout {
    enum wav_form form;
    unsigned channels;
    unsigned sample_bytes; /* of one channel */
    double rate_hz;
    uint64_t offset; /* of the first frame */
    uint64_t frames;
};

/* Reads the chunks up to the samples: RIFF and RF64 with PCM of 8, 16, 24, 32 bits, float of 32 and 64,
 * also as WAVE_FORMAT_EXTENSIBLE. A size of the data that is 0, all ones or beyond the end of the file (a
 * writer that could not go back) means: up to the end. */
enum err wav_read_layout(struct input *in, struct wav_layout *layout, struct notes *notes,
                         struct fault *fault);

/* Samples of whole frames to numbers: PCM is 1 at full scale. `gain` holds a factor for each channel. */
void wav_decode(const struct wav_layout *layout, const unsigned char *bytes, uint32_t frames,
                const double *gain, float *samples);

/* Reads a file from memory, as the tests and the fuzzer want it; the bytes must outlive the source. */
enum err wav_open_memory(const void *bytes, size_t length, const struct source_options *options,
                         struct source **source, struct fault *fault);

#endif
