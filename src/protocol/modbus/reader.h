/* Readers: from a row of the map to the value that it shows. Each says what its arguments a, b and c
 * are. All values of one scene come from one window of the table. */
#ifndef PROTOCOL_MODBUS_READER_H
#define PROTOCOL_MODBUS_READER_H

#include "protocol/modbus/map.h"
#include "quantity/quantity.h"
#include "table/table.h"

/* Whom the words are about. The window is taken from the table when the first reader asks for it. */
struct register_scene {
    const struct plant *plant;
    const struct plant_device *device;
    const struct plant_load *load; /* NULL: a block of the device or of the network */
    const struct table *table;     /* NULL: nothing is measured */
    unsigned point;                /* row of the table that has the window */
    enum { WINDOW_UNREAD, WINDOW_HERE, WINDOW_NONE } state;
    struct quantity_set window;
};

/* The scene's window; NULL if none was published yet. */
const struct quantity_set *register_scene_window(struct register_scene *scene);

struct register_value {
    enum { VALUE_NUMBER, VALUE_RAW, VALUE_TEXT } kind;
    double number; /* VALUE_NUMBER: in the row's unit, before its scale */
    uint64_t raw;  /* VALUE_RAW: as it goes on the wire */
    char text[34]; /* VALUE_TEXT */
};

/* Parts of the identification. */
enum identity_part {
    IDENTITY_FAMILY, /* "SOCO": by this clients know that they may read on */
    IDENTITY_PRODUCT,
    IDENTITY_VENDOR,
    IDENTITY_NAME,
    IDENTITY_EXTENDED_NAME,
};

enum network_setting {
    NETWORK_TYPE_CODE,
    NETWORK_NOMINAL_V,
    NETWORK_FREQUENCY_CODE,
    NETWORK_ROTATION,
    NETWORK_VT_USED,
    NETWORK_VT_PRIMARY,
    NETWORK_VT_SECONDARY,
};

enum load_setting { LOAD_ENABLED, LOAD_TYPE_CODE, LOAD_RATED_A };
enum fundamental_power { FUNDAMENTAL_P, FUNDAMENTAL_Q };
enum reactive_part { PART_LAGGING, PART_LEADING };

register_reader read_nothing;         /* this program does not count it (yet) */
register_reader read_constant;        /* a: the raw value */
register_reader read_identity;        /* a: enum identity_part */
register_reader read_version;         /* a: 0 major x 100 + minor, 1 major, 2 minor, 3 revision */
register_reader read_serial;          /* a: 0 digits 1-4, 1 digits 5-8, 2 number from digit 9 */
register_reader read_network_setting; /* a: enum network_setting */
register_reader read_sensor_way;      /* a: current input, from 1 */
register_reader read_sensor_line;     /* a: current input, from 1 */
register_reader read_load_setting;    /* a: enum load_setting */
register_reader read_load_status;     /* 1: the load is there, 0: its place is free */
register_reader read_window_end;      /* when the values were ready */
register_reader read_window_length;   /* s */
register_reader read_nominal_power;   /* VA, from nominal voltage and rated current */
register_reader read_quantity;        /* a: enum quantity */
register_reader read_reactive_part;   /* a: Q_Q..., b: enum reactive_part, c: Q_P... */
register_reader
    read_power_factor_type; /* b: Q_Q..., c: Q_P...: 0 undefined, 1 leading, 2 lagging */
register_reader
    read_power_factor_signed;      /* a: Q_PF..., b: Q_Q..., c: Q_P...: negative where it leads */
register_reader read_energy_whole; /* a: energy register; whole kWh */
register_reader read_energy_rest;  /* a: energy register; what is left, in 0.1 Wh */
register_reader read_fundamental;  /* a: enum spectrum_channel; RMS */
register_reader read_angle;        /* a: enum spectrum_channel; degrees against V1 */
register_reader read_lag;          /* a, b: channels; degrees by which b lags a */
register_reader
    read_fundamental_power;    /* a: phase 1 2 3, 0 for their sum; b: enum fundamental_power */
register_reader read_harmonic; /* a: channel; b, c: from, to order; % of the fundamental */

#endif
