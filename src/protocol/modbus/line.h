/* Modbus RTU on a serial line, as the one who is asked: the bus answers at every unit id of its devices and
 * is silent for all others.
 *
 * A frame is taken when the line has been silent for 3.5 characters (MODBUS over Serial Line V1.02,
 * 2.5.1.1; 1.75 ms above 19200 baud) and what came ends with a request to one of the bus. What others say
 * on the same line (their answers end with no request to us) is passed over. Adapters that deliver bytes
 * late, USB ones by up to 16 ms, may cut a frame in two: an unfinished one is kept for
 * MODBUS_LINE_LATE_MS. */
#ifndef PROTOCOL_MODBUS_LINE_H
#define PROTOCOL_MODBUS_LINE_H

#include "base/fault.h"
#include "plant/plant.h"
#include "port/serial.h"
#include "protocol/modbus/bus.h"
#include "table/table.h"

#include <uv.h>

#define MODBUS_LINE_LATE_MS 20

struct modbus_line;

/* Opens the line and answers from now on. Should the line go away (the adapter is pulled), the log says so
 * and nothing is answered there any more. `plant` and `table` are borrowed until the line has stopped. NULL
 * and a fault: as serial_open, or ERR_MEMORY. */
struct modbus_line *modbus_line_start(uv_loop_t *loop, const struct serial_settings *settings,
                                      const struct plant *plant, const struct table *table,
                                      struct fault *fault);

/* As modbus_server_stop. */
void modbus_line_stop(struct modbus_line *line);

#endif
