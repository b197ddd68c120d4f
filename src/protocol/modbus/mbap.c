#include "protocol/modbus/mbap.h"

#include "base/bytes.h"

#define LENGTH_END 6 /* bytes up to and with the length field, which counts what follows it */

const struct modbus_framing modbus_mbap = {
    .name = "Modbus TCP",
    .frame_bytes = MBAP_FRAME_BYTES,
    .head_bytes = MBAP_BYTES,
    .decode = mbap_decode,
    .wanted = mbap_wanted,
    .encode = mbap_encode,
};

enum frame_state mbap_decode(const uint8_t *bytes, size_t length, struct frame *head)
{
    if ((length > 2 && bytes[2] != 0) || (length > 3 && bytes[3] != 0))
        return FRAME_BAD;
    if (length < LENGTH_END)
        return FRAME_MORE;
    size_t rest = get_be16(bytes + 4);
    if (rest < 2 || rest > PDU_BYTES + 1)
        return FRAME_BAD;
    if (length < LENGTH_END + rest)
        return FRAME_MORE;
    *head = (struct frame){
        .transaction = get_be16(bytes), .unit = bytes[6], .pdu_bytes = (uint16_t)(rest - 1)};
    return FRAME_WHOLE;
}

size_t mbap_wanted(const uint8_t *bytes, size_t length)
{
    return length < LENGTH_END ? LENGTH_END : LENGTH_END + get_be16(bytes + 4);
}

void mbap_encode(uint8_t *bytes, const struct frame *head)
{
    put_be16(bytes, head->transaction);
    put_be16(bytes + 2, 0);
    put_be16(bytes + 4, (uint16_t)(head->pdu_bytes + 1));
    bytes[6] = head->unit;
}
