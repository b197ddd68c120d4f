#include "protocol/modbus/mbap.h"

#include "base/bytes.h"

#define LENGTH_END 6 /* bytes up to and with the length field, which counts what follows it */

enum mbap_state mbap_decode(const uint8_t *bytes, size_t length, struct mbap *head)
{
    if ((length > 2 && bytes[2] != 0) || (length > 3 && bytes[3] != 0))
        return MBAP_BAD;
    if (length < LENGTH_END)
        return MBAP_MORE;
    size_t rest = get_be16(bytes + 4);
    if (rest < 2 || rest > PDU_BYTES + 1)
        return MBAP_BAD;
    if (length < LENGTH_END + rest)
        return MBAP_MORE;
    *head = (struct mbap){
        .transaction = get_be16(bytes), .unit = bytes[6], .pdu_bytes = (uint16_t)(rest - 1)};
    return MBAP_FRAME;
}

size_t mbap_wanted(const uint8_t *bytes, size_t length)
{
    return length < LENGTH_END ? LENGTH_END : LENGTH_END + get_be16(bytes + 4);
}

void mbap_encode(uint8_t *bytes, const struct mbap *head)
{
    put_be16(bytes, head->transaction);
    put_be16(bytes + 2, 0);
    put_be16(bytes + 4, (uint16_t)(head->pdu_bytes + 1));
    bytes[6] = head->unit;
}
