/* Finding a stream of sampled values among packets. */
#include "source/sv_packets.h"

#include <stdio.h>
#include <string.h>

void sv_search_init(struct sv_search *s, const char *wanted)
{
    memset(s, 0, sizeof *s);
    s->wanted = wanted;
}

bool sv_key_matches(const struct sv_key *key, const struct sv_frame *frame,
                    const struct sv_asdu *asdu)
{
    return asdu->id_bytes == key->id_bytes && memcmp(asdu->id, key->id, key->id_bytes) == 0 &&
           memcmp(frame->source, key->source, sizeof key->source) == 0 &&
           frame->appid == key->appid;
}

static void make_key(struct sv_key *key, const struct sv_frame *frame, const struct sv_asdu *asdu)
{
    memset(key, 0, sizeof *key);
    memcpy(key->id, asdu->id, asdu->id_bytes);
    key->id_bytes = asdu->id_bytes;
    memcpy(key->source, frame->source, sizeof key->source);
    key->appid = frame->appid;
}

void sv_counts_other(struct sv_counts *n, const struct sv_frame *frame, const struct sv_asdu *asdu)
{
    n->other_asdus++;
    for (unsigned i = 0; i < n->other_count; i++)
        if (sv_key_matches(&n->others[i], frame, asdu))
            return;
    if (n->other_count == SV_OTHERS_MAX)
        n->other_more = true;
    else
        make_key(&n->others[n->other_count++], frame, asdu);
}

bool sv_packet_decode(const struct capture_packet *packet, struct sv_frame *frame,
                      struct sv_counts *n)
{
    n->packets++;
    if (packet->link_type != CAPTURE_LINK_ETHERNET) {
        n->other_links++;
        return false;
    }
    const char *why;
    size_t at;
    enum sv_verdict verdict = sv_frame_decode(packet->bytes, packet->size, frame, &why, &at);
    if (verdict == SV_FOREIGN) {
        n->foreign++;
    } else if (verdict == SV_MALFORMED && packet->size < packet->wire_size) {
        n->cut++;
    } else if (verdict == SV_MALFORMED && n->malformed++ == 0) {
        n->malformed_packet = packet->number;
        n->malformed_at = at;
        n->malformed_why = why;
    }
    return verdict == SV_SAMPLES;
}

static bool is_wanted(const struct sv_search *s, const struct sv_asdu *asdu)
{
    return !s->wanted || (strlen(s->wanted) == asdu->id_bytes &&
                          memcmp(s->wanted, asdu->id, asdu->id_bytes) == 0);
}

bool sv_search_push(struct sv_search *s, const struct capture_packet *packet)
{
    struct sv_frame frame;
    bool belongs = false;
    if (!sv_packet_decode(packet, &frame, &s->counts))
        return false;
    for (unsigned i = 0; i < frame.asdu_count; i++) {
        const struct sv_asdu *asdu = &frame.asdus[i];
        if (!s->found && is_wanted(s, asdu)) {
            s->found = true;
            make_key(&s->key, &frame, asdu);
            s->is_readable = sv_layout_find(asdu, &s->layout);
            s->data_bytes = asdu->data_bytes;
        }
        if (s->found && sv_key_matches(&s->key, &frame, asdu)) {
            sv_rate_push(&s->rate, asdu, packet->has_time, packet->time_ns);
            belongs = true;
        } else {
            sv_counts_other(&s->counts, &frame, asdu);
        }
    }
    return belongs;
}

void sv_key_text(const struct sv_key *key, char text[SV_KEY_TEXT])
{
    char id[SV_ID_MAX + 1];
    size_t n = 0;
    for (; n < key->id_bytes; n++)
        id[n] = key->id[n] >= 0x20 && key->id[n] < 0x7f ? (char)key->id[n] : '?';
    id[n] = '\0';
    snprintf(text, SV_KEY_TEXT, "\"%s\" (APPID 0x%04x, from %02x:%02x:%02x:%02x:%02x:%02x)", id,
             key->appid, key->source[0], key->source[1], key->source[2], key->source[3],
             key->source[4], key->source[5]);
}

enum err sv_search_fault(const struct sv_search *s, const char *where, struct fault *fault)
{
    const struct sv_counts *n = &s->counts;
    char other[SV_KEY_TEXT];
    if (s->found)
        return fault_set(
            fault, ERR_UNSUPPORTED,
            "%s: the stream's data set has %zu bytes, expected up to %u times 8 (INT32 "
            "and quality)",
            where, s->data_bytes, SOURCE_CHANNELS_MAX);
    if (n->other_count > 0) {
        sv_key_text(&n->others[0], other);
        return fault_set(fault, ERR_INPUT, "%s: there is no stream with the svID \"%s\", but %s%s",
                         where, s->wanted, other, n->other_count > 1 ? " and others" : "");
    }
    if (n->malformed > 0)
        return fault_set(
            fault, ERR_INPUT, "%s: packet %llu, byte %zu: %s; there are no readable sampled values",
            where, (unsigned long long)n->malformed_packet, n->malformed_at, n->malformed_why);
    if (n->packets > 0 && n->other_links == n->packets)
        return fault_set(fault, ERR_UNSUPPORTED,
                         "%s: none of the %llu packets is of Ethernet, which sampled values need",
                         where, (unsigned long long)n->packets);
    return fault_set(fault, ERR_INPUT,
                     "%s: none of the %llu packets holds sampled values (ethertype 0x88ba)", where,
                     (unsigned long long)n->packets);
}
