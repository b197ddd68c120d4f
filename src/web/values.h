/* Values, harmonics and scope traces as JSON and CSV: what the API and the live messages share.
 *
 * Writes from the loops of the vocabulary; a quantity that is not available is left out. */
#ifndef WEB_VALUES_H
#define WEB_VALUES_H

#include "base/json.h"
#include "table/table.h"
#include "web/place.h"

/* A snapshot and the number of its window. False if nothing was published yet. */
bool values_read(const struct table *t, unsigned point, struct quantity_set *set,
                 uint64_t *sequence);

/* What `kind` of the API may be: "window" (0), then the table's kinds; NULL past the end. */
const char *values_kind_name(int kind);
/* The newest of a kind, and its number. False if there is none yet. */
bool values_read_kind(const struct table *t, unsigned point, int kind, struct quantity_set *set,
                      uint64_t *sequence);

/* "device", and "load" if the place is one. */
void values_put_place(struct json *j, const struct place *place);

/* {"device":..,"load":..,"name":..,"sequence":..,...,"values":{..},"not_available":[..],"harmonics":{..}} */
void values_put_json(struct json *j, const struct place *place, const struct quantity_set *set,
                     uint64_t sequence, bool harmonics);

/* "device,load,end,quantity,value,unit,quality", a line per value (RFC 4180). */
void values_put_csv(struct text *t, const struct place *place, const struct quantity_set *set);

/* The short form of live messages; `trace` NULL: without. */
void values_put_live(struct json *j, const struct place *place, const struct quantity_set *set,
                     uint64_t sequence, bool harmonics, const struct trace *trace);

/* "start":..,"rate_hz":..,"frames":..,"lanes":{..} into an open object. */
void values_put_trace(struct json *j, const struct trace *trace);

/* QUALITY_ bits but `valid`, as words. */
void values_put_flags(struct json *j, const char *key, uint32_t bits);

/* An instant as ISO 8601 UTC. */
void values_put_instant(struct json *j, const char *key, int64_t instant_ns, int decimals);

#endif
