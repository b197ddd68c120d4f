#include "protocol/modbus/rtu.h"

#include "protocol/modbus/pdu.h"

#define CRC_BYTES    2
#define SHORTEST     (2 + CRC_BYTES) /* unit, function, CRC */
#define COUNT_COMING 0               /* the byte that tells the length is not there yet */
#define UNKNOWN      SIZE_MAX

const struct modbus_framing modbus_rtu = {
    .name = "Modbus RTU over TCP",
    .frame_bytes = RTU_FRAME_BYTES,
    .head_bytes = 1,
    .tail_bytes = CRC_BYTES,
    .broadcast = true,
    .decode = rtu_decode,
    .wanted = rtu_wanted,
    .encode = rtu_encode,
};

static uint16_t crc_step(uint16_t crc, uint8_t byte)
{
    /* Half a byte at a time: a table of 16 entries, entry i what the polynomial makes of i. */
    static const uint16_t table[16] = {0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00,
                                       0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401,
                                       0x5000, 0x9C01, 0x8801, 0x4400};
    crc = (uint16_t)(crc >> 4 ^ table[(crc ^ byte) & 0xF]);
    return (uint16_t)(crc >> 4 ^ table[(crc ^ byte >> 4) & 0xF]);
}

uint16_t rtu_crc(const uint8_t *bytes, size_t length)
{
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < length; i++)
        crc = crc_step(crc, bytes[i]);
    return crc;
}

/* Bytes before the data that byte `at` counts, and the data. */
static size_t counted(const uint8_t *bytes, size_t length, size_t at)
{
    return length > at ? at + 1 + bytes[at] + CRC_BYTES : COUNT_COMING;
}

/* Length of the request that begins here, as its function has it (MODBUS Application Protocol V1.1b3, 6). */
static size_t frame_length(const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return COUNT_COMING;
    switch (bytes[1]) {
    case 1: /* coils */
    case 2: /* inputs */
    case FUNCTION_READ_HOLDING:
    case FUNCTION_READ_INPUT:
    case FUNCTION_WRITE_COIL:
    case FUNCTION_WRITE_SINGLE:
    case FUNCTION_DIAGNOSTICS:
        return 6 + CRC_BYTES;
    case 7: /* read exception status */
    case 11:
    case 12: /* communication events */
    case 17: /* report server id */
        return 2 + CRC_BYTES;
    case FUNCTION_WRITE_COILS:
    case FUNCTION_WRITE_MULTIPLE:
        return counted(bytes, length, 6);
    case 20: /* file records */
    case 21:
        return counted(bytes, length, 2);
    case FUNCTION_WRITE_MASK:
        return 8 + CRC_BYTES;
    case FUNCTION_READ_WRITE:
        return counted(bytes, length, 10);
    case 24: /* FIFO queue */
        return 4 + CRC_BYTES;
    case FUNCTION_ENCAPSULATED:
        if (length < 3)
            return COUNT_COMING;
        return bytes[2] == PDU_MEI_IDENT ? 5 + CRC_BYTES : UNKNOWN;
    default:
        return UNKNOWN;
    }
}

static enum frame_state whole(const uint8_t *bytes, size_t length, struct frame *frame)
{
    *frame = (struct frame){.unit = bytes[0], .pdu_bytes = (uint16_t)(length - 1 - CRC_BYTES)};
    return FRAME_WHOLE;
}

/* The CRC over a frame and its own CRC is 0. */
static enum frame_state where_it_fits(const uint8_t *bytes, size_t length, struct frame *frame)
{
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < length && i < RTU_FRAME_BYTES; i++) {
        crc = crc_step(crc, bytes[i]);
        if (crc == 0 && i + 1 >= SHORTEST)
            return whole(bytes, i + 1, frame);
    }
    return length >= RTU_FRAME_BYTES ? FRAME_BAD : FRAME_MORE;
}

enum frame_state rtu_decode(const uint8_t *bytes, size_t length, struct frame *frame)
{
    size_t wanted = frame_length(bytes, length);
    if (wanted == UNKNOWN)
        return where_it_fits(bytes, length, frame);
    if (wanted > RTU_FRAME_BYTES)
        return FRAME_BAD;
    if (wanted == COUNT_COMING || length < wanted)
        return FRAME_MORE;
    return rtu_crc(bytes, wanted) == 0 ? whole(bytes, wanted, frame) : FRAME_BAD;
}

size_t rtu_wanted(const uint8_t *bytes, size_t length)
{
    size_t wanted = frame_length(bytes, length);
    if (wanted == UNKNOWN || wanted == COUNT_COMING)
        return length + 1;
    return wanted;
}

void rtu_encode(uint8_t *bytes, const struct frame *frame)
{
    bytes[0] = frame->unit;
    size_t length = 1u + frame->pdu_bytes;
    uint16_t crc = rtu_crc(bytes, length);
    bytes[length] = (uint8_t)crc;
    bytes[length + 1] = (uint8_t)(crc >> 8);
}
