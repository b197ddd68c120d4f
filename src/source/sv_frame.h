/* One Ethernet frame of sampled values: bytes in, meaning out. No state, no file, no socket.
 *
 * IEC 61850-9-2 (clause 8.5 and annex A: the ASN.1 of savPdu, basic encoding rules), as profiled by
 * 9-2LE and IEC 61869-9: ethertype 0x88BA behind any VLAN and HSR tags, APPID, length, reserved 1 with the
 * simulation bit, then the savPdu with its ASDUs. Every length is checked against what encloses it. */
#ifndef SOURCE_SV_FRAME_H
#define SOURCE_SV_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SV_ETHERTYPE 0x88bau
#define SV_ASDUS_MAX 64 /* as many as fit into an Ethernet frame */
#define SV_ID_MAX    129

enum sv_mode { SV_PER_PERIOD = 0, SV_PER_SECOND = 1, SV_SECONDS_PER_SAMPLE = 2 };

struct sv_asdu {
    const uint8_t *id;  /* svID, not terminated, any bytes */
    size_t id_bytes;    /* at most SV_ID_MAX */
    const uint8_t *set; /* datSet; NULL: not sent */
    size_t set_bytes;
    uint16_t count;           /* smpCnt */
    uint32_t revision;        /* confRev */
    const uint8_t *refreshed; /* refrTm: 8 bytes; NULL: not sent */
    uint8_t synch; /* smpSynch: 0 not, 1 local, 2 global; 5 ... 254 a local clock's number */
    bool has_rate, has_mode;
    uint16_t rate; /* smpRate */
    uint16_t mode; /* smpMod: enum sv_mode */
    const uint8_t *data;
    size_t data_bytes;
};

struct sv_frame {
    uint8_t destination[6], source[6];
    bool has_vlan;
    uint16_t vlan; /* of the innermost tag */
    uint16_t appid;
    bool simulated; /* reserved 1, bit 15 */
    unsigned asdu_count;
    struct sv_asdu asdus[SV_ASDUS_MAX];
};

enum sv_verdict {
    SV_SAMPLES,  /* `frame` is filled; it points into `bytes` */
    SV_FOREIGN,  /* another protocol */
    SV_MALFORMED /* sampled values by ethertype, but not as the standard has them */
};

/* `bytes` begin with the destination address. With SV_MALFORMED, `*why` says what was wrong (a static
 * phrase) and `*at` at which byte. */
enum sv_verdict sv_frame_decode(const uint8_t *bytes, size_t size, struct sv_frame *frame,
                                const char **why, size_t *at);

/* A sample of the data set is INT32 and 32 bits of quality (9-2LE, IEC 61869-9 clause 6.903.9). */
#define SV_SAMPLE_BYTES 8

/* Bits of the quality (IEC 61850-8-1 clause 8.2, mapped as in 9-2LE: bit 0 is the least). */
enum sv_quality {
    SV_VALIDITY =
        3, /* 0 good, 3 questionable; 1 and 2 are invalid in one order of bits or the other,
                        and devices of both kinds exist */
    SV_QUESTIONABLE = 3,
    SV_OVERFLOW = 1 << 2,
    SV_OUT_OF_RANGE = 1 << 3,
    SV_BAD_REFERENCE = 1 << 4,
    SV_OSCILLATORY = 1 << 5,
    SV_FAILURE = 1 << 6,
    SV_OLD_DATA = 1 << 7,
    SV_INCONSISTENT = 1 << 8,
    SV_INACCURATE = 1 << 9,
    SV_SUBSTITUTED = 1 << 10,
    SV_TEST = 1 << 11,
    SV_OPERATOR_BLOCKED = 1 << 12,
    SV_DERIVED = 1 << 13, /* computed from others, as IN often is: nothing wrong */
};

#endif
