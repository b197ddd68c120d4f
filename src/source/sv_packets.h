/* What finding and reading a stream share. */
#ifndef SOURCE_SV_PACKETS_H
#define SOURCE_SV_PACKETS_H

#include "source/sv_reader.h"

/* "svID" (APPID, source address) */
#define SV_KEY_TEXT (SV_ID_MAX + 64)
void sv_key_text(const struct sv_key *key, char text[SV_KEY_TEXT]);

bool sv_key_matches(const struct sv_key *key, const struct sv_frame *frame,
                    const struct sv_asdu *asdu);

/* Takes a packet apart; false, and counted, if it holds no readable sampled values. */
bool sv_packet_decode(const struct capture_packet *packet, struct sv_frame *frame,
                      struct sv_counts *n);

/* Counts an ASDU of another stream. */
void sv_counts_other(struct sv_counts *n, const struct sv_frame *frame, const struct sv_asdu *asdu);

#endif
