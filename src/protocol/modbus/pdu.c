#include "protocol/modbus/pdu.h"

#include "base/bytes.h"

static enum pdu_exception decode_read(const uint8_t *pdu, size_t bytes, struct pdu_request *request)
{
    if (bytes != 5)
        return EXCEPTION_VALUE;
    request->address = get_be16(pdu + 1);
    request->count = get_be16(pdu + 3);
    if (request->count == 0 || request->count > PDU_READ_MAX)
        return EXCEPTION_VALUE;
    if (request->address + request->count > 0x10000)
        return EXCEPTION_ADDRESS;
    return EXCEPTION_NONE;
}

static enum pdu_exception decode_identification(const uint8_t *pdu, size_t bytes,
                                                struct pdu_request *request)
{
    if (bytes < 2 || pdu[1] != PDU_MEI_IDENT)
        return EXCEPTION_FUNCTION; /* another encapsulated interface (CANopen) */
    if (bytes != 4)
        return EXCEPTION_VALUE;
    request->code = pdu[2];
    request->object = pdu[3];
    if (request->code < 1 || request->code > 4)
        return EXCEPTION_VALUE;
    return EXCEPTION_NONE;
}

enum pdu_exception pdu_decode(const uint8_t *pdu, size_t bytes, struct pdu_request *request)
{
    *request = (struct pdu_request){.function = pdu[0]};
    switch (pdu[0]) {
    case FUNCTION_READ_HOLDING:
    case FUNCTION_READ_INPUT:
        return decode_read(pdu, bytes, request);
    case FUNCTION_ENCAPSULATED:
        return decode_identification(pdu, bytes, request);
    default:
        return EXCEPTION_FUNCTION;
    }
}

size_t pdu_exception_encode(uint8_t *pdu, uint8_t function, enum pdu_exception exception)
{
    pdu[0] = function | 0x80;
    pdu[1] = (uint8_t)exception;
    return 2;
}

size_t pdu_read_encode(uint8_t *pdu, const struct pdu_request *request)
{
    pdu[0] = request->function;
    pdu[1] = (uint8_t)(2 * request->count);
    return 2u + 2u * request->count;
}
