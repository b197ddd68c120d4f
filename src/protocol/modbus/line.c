#include "protocol/modbus/line.h"

#include "base/log.h"
#include "protocol/modbus/rtu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_CHARACTERS 3.5
#define SILENCE_FAST_US    1750 /* above 19200 baud (2.5.1.1) */
#define FAST_BAUD          19200
#define HEARD_BYTES        (2 * RTU_FRAME_BYTES)

struct modbus_line {
    int fd;
    uv_poll_t poll;
    uv_timer_t silence;
    unsigned handles;
    bool stopping;
    uint64_t silence_ms;
    uint64_t last_ms; /* when the last byte came */
    size_t heard;
    uint8_t in[HEARD_BYTES];
    struct modbus_bus bus;
    struct modbus_counters counters;
    char device[64]; /* for what the log says */
};

static void on_closed(uv_handle_t *handle)
{
    struct modbus_line *line = handle->data;
    if (--line->handles > 0)
        return;
    serial_close(line->fd);
    modbus_bus_free(&line->bus);
    free(line);
}

/* --- Answering ------------------------------------------------------------------------------------- */

/* A serial buffer holds a whole answer; if it does not take it now, the asker would not hear it in time. */
static void put(struct modbus_line *line, const uint8_t *bytes, size_t count)
{
    if (!serial_write(line->fd, bytes, count))
        log_message(LOG_WARNING, "%s: the line did not take a whole answer", line->device);
}

static void answer(struct modbus_line *line, const uint8_t *bytes, struct frame frame)
{
    uint8_t out[RTU_FRAME_BYTES];
    frame.pdu_bytes = (uint16_t)modbus_bus_answer(&line->bus, frame.unit, bytes + 1,
                                                  frame.pdu_bytes, out + 1, &line->counters);
    if (frame.unit == 0)
        return; /* to everybody: nobody answers */
    rtu_encode(out, &frame);
    put(line, out, modbus_rtu.head_bytes + frame.pdu_bytes + modbus_rtu.tail_bytes);
}

/* Unit 255 means "this device" only where an address of the network says which. */
static bool is_ours(const struct modbus_line *line, uint8_t unit)
{
    return unit != 255 && line->bus.unit[unit] != NULL;
}

/* The request to one of the bus that ends what was heard; false: there is none. */
static bool find_request(const struct modbus_line *line, size_t *at, struct frame *frame)
{
    for (*at = 0; *at < line->heard; ++*at) {
        size_t rest = line->heard - *at;
        if (is_ours(line, line->in[*at]) &&
            rtu_decode(line->in + *at, rest, frame) == FRAME_WHOLE &&
            rest == frame->pdu_bytes + modbus_rtu.head_bytes + modbus_rtu.tail_bytes)
            return true;
    }
    return false;
}

/* The line has been silent for 3.5 characters, or for so long that nothing will come late. */
static void on_silence(uv_timer_t *timer)
{
    struct modbus_line *line = timer->data;
    struct frame frame;
    size_t at;
    if (find_request(line, &at, &frame)) {
        line->heard = 0;
        answer(line, line->in + at, frame);
        return;
    }
    uint64_t passed = uv_now(timer->loop) - line->last_ms;
    if (passed < MODBUS_LINE_LATE_MS) {
        uv_timer_start(timer, on_silence, MODBUS_LINE_LATE_MS - passed, 0);
        return;
    }
    line->heard = 0;
}

/* --- Listening --------------------------------------------------------------------------------------- */

/* Keeps the latest HEARD_BYTES: a request is no longer than half of them. */
static void hear(struct modbus_line *line, const uint8_t *bytes, size_t count)
{
    if (count >= HEARD_BYTES) {
        bytes += count - HEARD_BYTES;
        count = HEARD_BYTES;
    }
    size_t kept = line->heard < HEARD_BYTES - count ? line->heard : HEARD_BYTES - count;
    memmove(line->in, line->in + line->heard - kept, kept);
    memcpy(line->in + kept, bytes, count);
    line->heard = kept + count;
}

static void on_bytes(uv_poll_t *poll, int status, int events)
{
    struct modbus_line *line = poll->data;
    uint8_t bytes[HEARD_BYTES];
    (void)events;
    int n = status < 0 ? -1 : serial_read(line->fd, bytes, sizeof bytes);
    if (n == 0)
        return;
    if (n < 0) { /* hung up: the adapter is gone */
        log_message(LOG_ERROR, "%s: the serial line is gone; Modbus RTU is answered there no more",
                    line->device);
        uv_poll_stop(poll);
        uv_timer_stop(&line->silence);
        return;
    }
    hear(line, bytes, (size_t)n);
    uv_update_time(poll->loop);
    line->last_ms = uv_now(poll->loop);
    uv_timer_start(&line->silence, on_silence, line->silence_ms, 0);
}

struct modbus_line *modbus_line_start(uv_loop_t *loop, const struct serial_settings *settings,
                                      const struct plant *plant, const struct table *table,
                                      struct fault *fault)
{
    struct modbus_line *line = calloc(1, sizeof *line);
    if (!line || !modbus_bus_init(&line->bus, plant, table)) {
        fault_set(fault, ERR_MEMORY, "Modbus RTU: out of memory");
        free(line);
        return NULL;
    }
    if (serial_open(settings, &line->fd, fault) != ERR_OK) {
        modbus_bus_free(&line->bus);
        free(line);
        return NULL;
    }
    double silence_us = settings->baud > FAST_BAUD
                            ? SILENCE_FAST_US
                            : SILENCE_CHARACTERS * serial_character_us(settings);
    line->silence_ms = (uint64_t)ceil(silence_us / 1000);
    if (uv_poll_init(loop, &line->poll, line->fd) != 0) {
        fault_set(fault, ERR_SYSTEM, "%s: the event loop cannot watch it", settings->device);
        serial_close(line->fd);
        modbus_bus_free(&line->bus);
        free(line);
        return NULL;
    }
    uv_timer_init(loop, &line->silence);
    line->handles = 2;
    snprintf(line->device, sizeof line->device, "%s", settings->device);
    line->poll.data = line->silence.data = line;
    uv_poll_start(&line->poll, UV_READABLE, on_bytes);
    return line;
}

void modbus_line_stop(struct modbus_line *line)
{
    if (!line || line->stopping)
        return;
    line->stopping = true;
    uv_close((uv_handle_t *)&line->poll, on_closed);
    uv_close((uv_handle_t *)&line->silence, on_closed);
}
