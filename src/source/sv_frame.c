#include "source/sv_frame.h"

#include "base/bytes.h"

#include <string.h>

enum { TAGS_MAX = 4 };

/* Tags of the savPdu and of an ASDU (IEC 61850-9-2, annex A). */
enum {
    TAG_PDU = 0x60,
    TAG_ASDU_COUNT = 0x80,
    TAG_ASDUS = 0xa2,
    TAG_ASDU = 0x30,
    TAG_ID = 0x80,
    TAG_SET = 0x81,
    TAG_COUNT = 0x82,
    TAG_REVISION = 0x83,
    TAG_REFRESHED = 0x84,
    TAG_SYNCH = 0x85,
    TAG_RATE = 0x86,
    TAG_DATA = 0x87,
    TAG_MODE = 0x88,
};

/* A stretch of the frame that is being read, and where to complain. */
struct reader {
    const uint8_t *start; /* of the frame */
    const uint8_t *next, *end;
    const char *why; /* set by the first that fails */
    const uint8_t *where;
};

static bool fail(struct reader *r, const uint8_t *where, const char *why)
{
    if (!r->why) {
        r->why = why;
        r->where = where;
    }
    return false;
}

/* Tag and length; `inner` is the stretch of the value, and `r` stands behind it afterwards. */
static bool take_element(struct reader *r, uint8_t *tag, struct reader *inner)
{
    const uint8_t *at = r->next;
    if (r->end - at < 2)
        return fail(r, at, "an element of less than two bytes");
    *tag = at[0];
    if ((at[0] & 0x1f) == 0x1f)
        return fail(r, at, "a tag of several bytes");
    size_t length = at[1];
    const uint8_t *value = at + 2;
    if (length & 0x80) {
        size_t digits = length & 0x7f;
        if (digits < 1 || digits > 4)
            return fail(r, at + 1, "a length that is neither short nor of 1 to 4 bytes");
        if ((size_t)(r->end - value) < digits)
            return fail(r, at + 1, "a length that is cut");
        length = 0;
        for (size_t i = 0; i < digits; i++)
            length = length << 8 | *value++;
    }
    if ((size_t)(r->end - value) < length)
        return fail(r, at + 1, "an element longer than what encloses it");
    *inner = (struct reader){.start = r->start, .next = value, .end = value + length};
    r->next = value + length;
    return true;
}

static size_t left(const struct reader *r)
{
    return (size_t)(r->end - r->next);
}

/* A number of a fixed width, or, from encoders that treat it as INTEGER, shorter or with a leading
 * zero. */
static bool take_number(struct reader *outer, const struct reader *value, size_t width,
                        uint32_t *number)
{
    size_t n = left(value);
    const uint8_t *p = value->next;
    if (n == width + 1 && p[0] == 0) {
        p++;
        n--;
    }
    if (n < 1 || n > width)
        return fail(outer, value->next, "a number of another width than the standard's");
    *number = 0;
    for (size_t i = 0; i < n; i++)
        *number = *number << 8 | p[i];
    return true;
}

static bool read_field(struct reader *asdu, uint8_t tag, const struct reader *value,
                       struct sv_asdu *out, unsigned *seen)
{
    uint32_t number = 0;
    if (tag >= TAG_ID && tag <= TAG_MODE)
        *seen |= 1u << (tag - TAG_ID);
    switch (tag) {
    case TAG_ID:
        if (left(value) > SV_ID_MAX)
            return fail(asdu, value->next, "an svID of more than 129 bytes");
        out->id = value->next;
        out->id_bytes = left(value);
        return true;
    case TAG_SET:
        out->set = value->next;
        out->set_bytes = left(value);
        return true;
    case TAG_COUNT:
        if (!take_number(asdu, value, 2, &number))
            return false;
        out->count = (uint16_t)number;
        return true;
    case TAG_REVISION:
        return take_number(asdu, value, 4, &out->revision);
    case TAG_REFRESHED:
        if (left(value) != 8)
            return fail(asdu, value->next, "a refrTm that has not 8 bytes");
        out->refreshed = value->next;
        return true;
    case TAG_SYNCH:
        if (!take_number(asdu, value, 1, &number))
            return false;
        out->synch = (uint8_t)number;
        return true;
    case TAG_RATE:
        if (!take_number(asdu, value, 2, &number))
            return false;
        out->rate = (uint16_t)number;
        out->has_rate = true;
        return true;
    case TAG_DATA:
        out->data = value->next;
        out->data_bytes = left(value);
        return true;
    case TAG_MODE:
        if (!take_number(asdu, value, 2, &number))
            return false;
        out->mode = (uint16_t)number;
        out->has_mode = true;
        return true;
    default:
        return true; /* gmidData, and what later editions add */
    }
}

static bool read_asdu(struct reader *r, struct sv_asdu *out)
{
    const unsigned needed = 1u << (TAG_ID - TAG_ID) | 1u << (TAG_COUNT - TAG_ID) |
                            1u << (TAG_REVISION - TAG_ID) | 1u << (TAG_DATA - TAG_ID);
    const uint8_t *at = r->next;
    unsigned seen = 0;
    *out = (struct sv_asdu){0};
    while (left(r) > 0) {
        uint8_t tag;
        struct reader value;
        if (!take_element(r, &tag, &value) || !read_field(r, tag, &value, out, &seen))
            return false;
    }
    if ((seen & needed) != needed)
        return fail(r, at, "an ASDU without svID, smpCnt, confRev or samples");
    return true;
}

static bool read_asdus(struct reader *r, struct sv_frame *frame)
{
    while (left(r) > 0) {
        uint8_t tag;
        struct reader asdu;
        const uint8_t *at = r->next;
        if (!take_element(r, &tag, &asdu))
            return false;
        if (tag != TAG_ASDU)
            return fail(r, at, "another element where an ASDU was expected");
        if (frame->asdu_count == SV_ASDUS_MAX)
            return fail(r, at, "more than 64 ASDUs");
        if (!read_asdu(&asdu, &frame->asdus[frame->asdu_count++]))
            return fail(r, asdu.where, asdu.why);
    }
    return true;
}

static bool read_pdu(struct reader *r, struct sv_frame *frame)
{
    uint32_t promised = 0;
    const uint8_t *at = r->next;
    while (left(r) > 0) {
        uint8_t tag;
        struct reader value;
        if (!take_element(r, &tag, &value))
            return false;
        if (tag == TAG_ASDU_COUNT) {
            if (!take_number(r, &value, 2, &promised))
                return false;
        } else if (tag == TAG_ASDUS && !read_asdus(&value, frame)) {
            return fail(r, value.where, value.why);
        }
    }
    if (promised == 0 || promised != frame->asdu_count)
        return fail(r, at, "noASDU differs from the number of ASDUs");
    return true;
}

/* Passes the addresses, VLAN tags (IEEE 802.1Q, 802.1ad and its forerunners) and the tag of a redundant
 * ring (HSR, IEC 62439-3). */
static bool pass_ethernet(struct reader *r, struct sv_frame *frame)
{
    if (left(r) < 14)
        return false;
    memcpy(frame->destination, r->next, 6);
    memcpy(frame->source, r->next + 6, 6);
    r->next += 12;
    for (int tags = 0;; tags++) {
        if (left(r) < 2)
            return false;
        unsigned type = get_be16(r->next);
        bool is_vlan = type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
        size_t tag_bytes = is_vlan ? 4 : type == 0x892f ? 6 : 0;
        if (tag_bytes == 0 || tags == TAGS_MAX || left(r) < tag_bytes) {
            r->next += 2;
            return type == SV_ETHERTYPE;
        }
        if (is_vlan) {
            frame->has_vlan = true;
            frame->vlan = get_be16(r->next + 2) & 0xfff;
        }
        r->next += tag_bytes;
    }
}

static bool read_frame(struct reader *r, struct sv_frame *frame)
{
    const uint8_t *at = r->next;
    if (left(r) < 8)
        return fail(r, at, "less than the 8 bytes of APPID, length and reserved fields");
    frame->appid = get_be16(at);
    size_t length = get_be16(at + 2); /* from APPID on */
    frame->simulated = get_be16(at + 4) & 0x8000;
    if (length < 8 || length > left(r))
        return fail(r, at + 2, "a length field that does not fit the frame");
    r->end = at + length; /* the rest is padding */
    r->next += 8;
    uint8_t tag;
    struct reader pdu;
    const uint8_t *pdu_at = r->next;
    if (!take_element(r, &tag, &pdu))
        return false;
    if (tag != TAG_PDU)
        return fail(r, pdu_at, "no savPdu behind the header");
    return read_pdu(&pdu, frame) || fail(r, pdu.where, pdu.why);
}

enum sv_verdict sv_frame_decode(const uint8_t *bytes, size_t size, struct sv_frame *frame,
                                const char **why, size_t *at)
{
    /* not the ASDUs, which are written as they are found */
    memset(frame, 0, offsetof(struct sv_frame, asdus));
    struct reader r = {.start = bytes, .next = bytes, .end = bytes + size};
    if (!pass_ethernet(&r, frame))
        return SV_FOREIGN;
    if (read_frame(&r, frame))
        return SV_SAMPLES;
    *why = r.why;
    *at = (size_t)(r.where - bytes);
    return SV_MALFORMED;
}
