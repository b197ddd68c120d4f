/* From a value to the words of a register. What does not fit is the nearest number that does (it never
 * wraps); halves round away from zero; what is not available is told apart from every number:
 *
 *   unsigned, dates   all bits set (U8: 255 in the low byte)
 *   signed            only the highest bit set (-32768, -2147483648)
 *   text              zeros
 *
 * A number that does not fit therefore stops one short of these. */
#ifndef PROTOCOL_MODBUS_ENCODE_H
#define PROTOCOL_MODBUS_ENCODE_H

#include "protocol/modbus/map.h"
#include "protocol/modbus/reader.h"

/* Writes the row's words, 2 bytes each, the most significant first. `value` NULL or a number that is
 * not finite: not available. */
void register_encode(const struct register_row *row, const struct register_value *value,
                     uint8_t *bytes);

#endif
