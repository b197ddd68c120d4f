/* From packets to blocks: finds a stream of sampled values among packets, follows it by its sample
 * clock, and counts what came beside. Files and live lines share it. */
#ifndef SOURCE_SV_READER_H
#define SOURCE_SV_READER_H

#include "source/capture.h"
#include "source/notes.h"
#include "source/sv_layout.h"
#include "source/sv_rate.h"
#include "source/sv_sequence.h"

/* Who sends: two devices may have the same svID by mistake. */
struct sv_key {
    uint8_t id[SV_ID_MAX];
    size_t id_bytes;
    uint8_t source[6];
    uint16_t appid;
};

#define SV_OTHERS_MAX 8

/* What came, since the reader was started. Samples are counted per channel only where it says so. */
struct sv_counts {
    uint64_t packets;
    uint64_t foreign;          /* packets of other protocols */
    uint64_t other_links;      /* packets that are not Ethernet */
    uint64_t cut;              /* packets that were not captured whole, and could not be read */
    uint64_t malformed;        /* packets of sampled values that could not be read */
    uint64_t malformed_packet; /* the first of them: its number, the byte, and why */
    size_t malformed_at;
    const char *malformed_why;
    uint64_t other_asdus; /* of other streams */
    struct sv_key others[SV_OTHERS_MAX];
    unsigned other_count;
    bool other_more;
    uint64_t samples;        /* of the stream, all channels of an instant as one */
    uint64_t resized;        /* ASDUs dropped: another number of channels */
    uint64_t beyond;         /* ASDUs dropped: smpCnt above what the rate allows */
    uint64_t reconfigured;   /* changes of confRev */
    uint64_t unsynchronised; /* samples with smpSynch 0 */
    uint64_t simulated;      /* samples with the simulation bit */
    /* samples in which at least one channel says so: */
    uint64_t invalid, questionable, clipped, test, substituted;
};

/* Gives the next packet: ERR_OK, ERR_END, ERR_AGAIN, or a fault. The packet stays until the next call. */
typedef enum err sv_pull(void *context, struct capture_packet *packet, struct fault *fault);

/* --- Finding a stream ------------------------------------------------------------------------ */

struct sv_search {
    const char *wanted; /* svID; NULL: the first one */
    bool found;
    struct sv_key key;
    struct sv_rate rate;
    struct sv_layout layout; /* not finished */
    bool is_readable;        /* the layout was found */
    size_t data_bytes;       /* of an ASDU */
    struct sv_counts counts;
};

void sv_search_init(struct sv_search *s, const char *wanted);

/* Looks at a packet; true if it belongs to the stream. */
bool sv_search_push(struct sv_search *s, const struct capture_packet *packet);

/* A sentence for a search that found nothing it can use: ERR_INPUT or ERR_UNSUPPORTED. */
enum err sv_search_fault(const struct sv_search *s, const char *where, struct fault *fault);

/* --- Reading it ------------------------------------------------------------------------------ */

struct sv_reader {
    sv_pull *pull;
    void *context;
    struct sv_key key;
    struct sv_clock clock;
    struct sv_clock found; /* as the search had it */
    struct sv_layout layout;
    size_t data_bytes;
    struct sv_sequence sequence;
    struct sv_counts counts;
    uint32_t revision;

    bool has_date;
    int64_t origin_ns;  /* of the first sample; a live source moves it with the capture clock */
    uint64_t base_tick; /* since when the rate is what it is, */
    int64_t base_ns;    /* and how long after the first sample that was */
    int64_t newest_ns;  /* when the newest sample came, by the capture clock */

    struct sv_frame frame; /* being taken apart */
    bool frame_has_time;
    int64_t frame_ns; /* of its last ASDU */
    unsigned next_asdu;

    float *rows; /* block_frames, and one that is carried to the next block */
    uint32_t block_frames;
    uint32_t frames; /* in the block */
    bool carried;
    uint32_t carried_flags; /* also with WAVE_BEGIN */
    uint64_t carried_tick;
    bool started;    /* a segment has begun */
    bool begin_next; /* the next sample begins one, although it continues: the clock was set */
    uint32_t segment;
    uint64_t segment_tick; /* of its first sample */
    double place_s;        /* of the block last read, since the first sample */
};

/* From a search that found something; `options` finish the layout. ERR_INPUT if no rate can be told;
 * ERR_USAGE for options. `where` names the file or the interface. */
enum err sv_reader_init(struct sv_reader *r, const struct sv_search *s, uint32_t block_frames,
                        const struct source_options *options, const char *where,
                        struct fault *fault);
void sv_reader_free(struct sv_reader *r);

/* Begins anew; the pull has to do so too. */
void sv_reader_restart(struct sv_reader *r);

/* The next block. ERR_END and ERR_AGAIN come from the pull, once no samples are waiting. */
enum err sv_reader_read(struct sv_reader *r, struct wave_block *block, struct fault *fault);

/* Nanoseconds from the first sample to another one, by the sample clock. */
int64_t sv_reader_place_ns(const struct sv_reader *r, uint64_t tick);

/* Says in sentences what the counts and the clock show. */
void sv_reader_note(const struct sv_reader *r, struct notes *notes);

#endif
