/* What is installed: the network, the modules on the bus with their profiles, and the loads that their
 * inputs measure. All of it is data; there is no code per product. */
#ifndef PLANT_PLANT_H
#define PLANT_PLANT_H

#include "metrology/metrology.h"

#include <stdbool.h>
#include <stdint.h>

/* --- Networks and loads (seed 002 5.2) -------------------------------------------------------- */

/* NETWORK_1P_N, NETWORK_2P, NETWORK_2P_N, NETWORK_3P, NETWORK_3P_N, NETWORK_3P_HIGH_LEG */
enum network_type {
#define N(symbol, name, code, phases, neutral) NETWORK_##symbol,
#include "plant/networks.def"
#undef N
    NETWORK_TYPES
};

struct network_type_info {
    const char *name;    /* "3P+N" */
    uint8_t modbus_code; /* register 12288 */
    uint8_t phases;      /* live conductors: 1, 2 or 3 */
    bool neutral;
};
const struct network_type_info *network_type_info(enum network_type t);

/* LOAD_1P_N_1CT, LOAD_2P_1CT, LOAD_3P_N_4CT, ... */
enum load_type {
#define L(symbol, name, code, phases, inputs, neutral, rule, networks) LOAD_##symbol,
#include "plant/loads.def"
#undef L
    LOAD_TYPES
};

/* How the currents of a load are measured. */
enum load_rule {
    RULE_PHASES,       /* each phase has a sensor */
    RULE_BETWEEN,      /* between two phases, with a sensor on the first of them */
    RULE_TWO_OF_THREE, /* two of three have one, the third current is what is missing to zero */
    RULE_BALANCED,     /* one of three has one, the others are that one a third of a cycle apart */
};

struct load_type_info {
    const char *name;    /* "3P+N-3CT" */
    uint8_t modbus_code; /* register 13825 */
    uint8_t phases;      /* phase conductors of the load: 1, 2 or 3 */
    uint8_t inputs;      /* current inputs that it takes on a module */
    bool neutral;        /* the load has a neutral conductor */
    bool neutral_measured;
    enum load_rule rule;
    uint8_t networks; /* bit n: may exist on network type n */
};
const struct load_type_info *load_type_info(enum load_type t);

/* By name; false if there is none. */
bool network_type_find(const char *name, enum network_type *t);
bool load_type_find(const char *name, enum load_type *t);

/* --- Profiles ---------------------------------------------------------------------------------- */

enum profile_feature {
    FEATURE_GATEWAY = 1 << 0, /* Ethernet: the address of the others goes through it */
    FEATURE_DISPLAY = 1 << 1,
    FEATURE_WEBVIEW = 1 << 2,
    FEATURE_VOLTAGE = 1 << 3,     /* measures the network */
    FEATURE_PHASE_POWER = 1 << 4, /* P Q S PF per phase */
    FEATURE_ANALYSIS = 1 << 5,    /* phi, THD, harmonics, unbalance, K, crest */
    FEATURE_EVENTS = 1 << 6,      /* dips, swells, interruptions or overcurrents */
    FEATURE_PANEL =
        1 << 7, /* a panel meter: shows its first load as its forerunners did, counts 4 tariffs */
};

struct profile {
    const char *name;       /* "I-35" */
    const char *sentence;   /* what it is */
    uint16_t product_id;    /* register 50005 */
    uint8_t current_inputs; /* 0: none */
    uint8_t neutral_inputs; /* how many of them, whichever, may measure a neutral at a time */
    uint8_t max_loads;
    uint32_t features; /* FEATURE_ bits */
};

extern const struct profile profiles[];               /* ends with a NULL name */
const struct profile *profile_find(const char *name); /* NULL: none */

/* --- The installation -------------------------------------------------------------------------- */

#define PLANT_DEVICES_MAX 33 /* a gateway or display and 32 modules */
#define PLANT_LOADS_MAX   24 /* of one module */
#define PLANT_NAME_TEXT   48

/* What is known to be wrong with a sensor or a voltage input, and is put right. */
struct plant_calibration {
    double ratio_error_percent; /* positive: shows too much (IEC 61869) */
    double phase_error_deg;     /* positive: leads; at the nominal frequency */
    double offset;              /* V or A that it shows when there is nothing */
};

struct plant_load {
    char name[PLANT_NAME_TEXT]; /* UTF-8 */
    enum load_type type;
    double rated_current_a;
    double demand_current_a; /* that TDD is against; 0: the rated current */
    uint8_t input[4];        /* current inputs of the module (from 1) for I1 I2 I3 IN; 0: none */
    uint8_t phase
        [3]; /* the network's phase (1 2 3) of each of the load's conductors; 0: it has fewer */
    bool reversed[4]; /* the sensor is mounted against the arrow */
    struct plant_calibration sensor[4];
    double ct_primary_a, ct_secondary_a; /* current transformer; 0: none */
    uint16_t point;                      /* row in the table, and circuit number of its samples */
};

struct plant_device {
    const struct profile *profile;
    uint8_t address; /* Modbus unit id, 1 ... 247; unique */
    char name[PLANT_NAME_TEXT];
    char serial[16];        /* digits and letters */
    char extended_name[17]; /* register 50058, ASCII, by which clients choose their map; empty: the
                               profile's name after "Diris " */
    unsigned load_count;
    struct plant_load load[PLANT_LOADS_MAX];
};

struct plant_voltage_input {
    unsigned conductor; /* a bit: L1 L2 L3 N */
    struct plant_calibration calibration;
};

struct plant_network {
    enum network_type type;
    /* Phase to neutral; phase to phase where there is no neutral, and with a high leg: of the delta. Primary. */
    double nominal_voltage_v;
    double nominal_hz;   /* 50 or 60 */
    double vt_primary_v; /* voltage transformer; 0: none */
    double vt_secondary_v;
    double dip_percent;          /* 90 */
    double swell_percent;        /* 110 */
    double interruption_percent; /* 10 */
    double hysteresis_percent;   /* 2 */
    double overcurrent_percent;  /* 120, of the load's rated current */
    bool sliding_reference;      /* dips, swells and rapid changes against the last minute's mean */
    double rvc_percent;          /* 5, of nominal; 0: no rapid voltage changes */
    double rvc_hysteresis_percent; /* 50, of that threshold */
    double signalling_percent;     /* 5, of nominal; 0: no events of mains signalling */
    unsigned voltage_input_count;  /* that are calibrated */
    struct plant_voltage_input voltage_input[4];
};

enum plant_energy {
    PLANT_ENERGY_NET,      /* registers count the load's total */
    PLANT_ENERGY_PER_PHASE /* they are the sums of the phases' registers */
};

/* How values are computed, for the whole installation (METROLOGY: powers, energies). */
struct plant_measurement {
    enum metrology_reactive reactive;
    enum metrology_total total;
    enum metrology_pf_sign pf_sign;
    enum plant_energy energy;
    double start_up_va; /* energy is not counted below it; 0: always counted */
    double average_s;   /* 600: of the averages */
    double demand_s;    /* 900: of the demand intervals */
    double fast_s;      /* of the fast values; 0: none */
    enum flicker_lamp flicker_lamp;
    double signalling_hz; /* carrier of the mains signalling; 0: none */
    double signalling_s;  /* 120, of recording after its threshold was passed */
};

struct plant {
    char name[PLANT_NAME_TEXT];
    struct plant_network network;
    struct plant_measurement measurement;
    bool secondary; /* samples are what instrument transformers give, not primary values */
    unsigned device_count;
    struct plant_device device[PLANT_DEVICES_MAX];
    unsigned point_count; /* rows of the table: the network (0) and every load */
};

/* The defaults that an installation starts from: 3P+N, 230 V, 50 Hz, EN 50160 thresholds. */
void plant_init(struct plant *p);

/* Gives every load its point number; call when devices and loads stand. */
void plant_number(struct plant *p);

/* The device with that Modbus address; NULL: none. */
const struct plant_device *plant_device_at(const struct plant *p, unsigned address);

/* The first device that measures voltage; NULL: none. */
const struct plant_device *plant_voltage_device(const struct plant *p);

/* Who a point belongs to: the device's address and the load's number there, from 1; point 0 is the network,
 * which belongs to the first device that measures voltage (address 0: there is none), as load 0. */
void plant_owner(const struct plant *p, unsigned point, uint8_t *device, uint8_t *load);

#endif
