/* The protocol data unit of Modbus: function code and data, the same on every line and network.
 *
 * Source: MODBUS Application Protocol Specification V1.1b3. Pure functions over bytes. */
#ifndef PROTOCOL_MODBUS_PDU_H
#define PROTOCOL_MODBUS_PDU_H

#include <stddef.h>
#include <stdint.h>

#define PDU_BYTES     253 /* 4.1: the longest PDU */
#define PDU_READ_MAX  125 /* 6.3: registers in one read */
#define PDU_MEI_IDENT 0x0E

enum pdu_function {
    FUNCTION_READ_HOLDING = 3,
    FUNCTION_READ_INPUT = 4,
    FUNCTION_WRITE_COIL = 5,
    FUNCTION_WRITE_SINGLE = 6,
    FUNCTION_DIAGNOSTICS = 8,
    FUNCTION_WRITE_COILS = 15,
    FUNCTION_WRITE_MULTIPLE = 16,
    FUNCTION_WRITE_MASK = 22,
    FUNCTION_READ_WRITE = 23,
    FUNCTION_ENCAPSULATED = 43,
};

/* Clause 7 */
enum pdu_exception {
    EXCEPTION_NONE = 0,
    EXCEPTION_FUNCTION = 0x01, /* illegal function */
    EXCEPTION_ADDRESS = 0x02,  /* illegal data address */
    EXCEPTION_VALUE = 0x03,    /* illegal data value: also a request of the wrong length */
    EXCEPTION_NO_PATH = 0x0A,  /* gateway path unavailable */
    EXCEPTION_NO_ANSWER = 0x0B /* gateway target device failed to respond */
};

/* A request that may be carried out. */
struct pdu_request {
    uint8_t function;
    uint16_t address; /* read: first register on the wire */
    uint16_t count;   /* read: 1 ... PDU_READ_MAX */
    uint8_t code;     /* device identification: 1 ... 4 */
    uint8_t object;
};

/* Checks function, length and ranges in the order of the specification's state diagrams; a function
 * that this program does not offer is EXCEPTION_FUNCTION whatever follows it. `bytes` is at least 1. */
enum pdu_exception pdu_decode(const uint8_t *pdu, size_t bytes, struct pdu_request *request);

/* The answer that says no: two bytes, which is returned. */
size_t pdu_exception_encode(uint8_t *pdu, uint8_t function, enum pdu_exception exception);

/* Head of the answer to a read; the registers follow at `pdu + 2`. Returns the bytes of it all. */
size_t pdu_read_encode(uint8_t *pdu, const struct pdu_request *request);

#endif
