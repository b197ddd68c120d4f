/* A serial line: opening it, and its speed, parity and direction. */
#ifndef PORT_SERIAL_H
#define PORT_SERIAL_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum serial_parity { SERIAL_PARITY_NONE, SERIAL_PARITY_EVEN, SERIAL_PARITY_ODD };

struct serial_settings {
    const char *device; /* "/dev/ttyUSB0" */
    unsigned baud;      /* one that serial_baud_known knows */
    enum serial_parity parity;
    unsigned stop_bits; /* 1 or 2 */
    bool rs485;         /* the driver turns the transceiver's direction (Linux: TIOCSRS485) */
};

/* 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 and above as far as the machine has them. */
bool serial_baud_known(unsigned baud);

/* Opens the line: 8 data bits, raw bytes both ways, not blocking, for this process alone. *fd is the
 * caller's, to be closed. ERR_INPUT: there is no such device, or it is no serial line. ERR_SYSTEM: it is in
 * use, needs rights, or does not know RS-485. */
enum err serial_open(const struct serial_settings *settings, int *fd, struct fault *fault);

void serial_close(int fd);

/* Bytes that are there, up to `room`: 0 none now; -1 the line is gone. */
int serial_read(int fd, uint8_t *bytes, size_t room);

/* False: the line does not take all of it now; what it did not take is lost. */
bool serial_write(int fd, const uint8_t *bytes, size_t count);

/* Microseconds that one character takes: start, 8 data, parity and stop bits. */
double serial_character_us(const struct serial_settings *settings);

#endif
