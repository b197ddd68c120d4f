/* The installation: what is installed (the plant), where its samples come from, how a simulated one
 * behaves, and what is served where. Read from a YAML file that an electrician can write.
 *
 * Every fault of a file is collected with line, column and what was expected; a file with any fault
 * gives no installation at all. docs/installation.md says every key; the tables behind it are in
 * settings.c, and the reader, the checks, --print-config and that page are loops over them. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/fault.h"
#include "base/text.h"
#include "config/faults.h"
#include "config/tariff.h"
#include "plant/plant.h"
#include "port/serial.h"
#include "wave/role.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_VERSION      1          /* of the file's format: `busbar: 1` */
#define CONFIG_BYTES_MAX    (1u << 20) /* longest file */
#define CONFIG_PATH_TEXT    1024
#define CONFIG_LIST_TEXT    2048
#define CONFIG_LOADS_MAX    WAVE_CIRCUITS_MAX /* in the whole installation: each is a circuit */
#define CONFIG_DIPS_MAX     16
#define CONFIG_HARMONIC_MAX 63 /* highest order */
#define CONFIG_ORDERS_MAX   32 /* harmonics of one signal */

/* --- Where samples come from ------------------------------------------------------------------- */

enum config_source_type {
    CONFIG_SOURCE_SIMULATOR,
    CONFIG_SOURCE_RECORDING,
    CONFIG_SOURCE_SAMPLED_VALUES,
    CONFIG_SOURCE_TYPES
};

/* What the samples of a source are. */
enum config_values {
    CONFIG_VALUES_PRIMARY,  /* V and A in the network */
    CONFIG_VALUES_SECONDARY /* V and A behind voltage and current transformers */
};

struct config_source {
    enum config_source_type type;
    enum config_values values;
    char file[CONFIG_PATH_TEXT]; /* recording; relative to the installation file's folder: joined */
    bool loop;                   /* begin the recording anew at its end */
    char interface[16];          /* sampled values: network interface */
    char stream[132];            /* svID; "": the first one seen */
    /* As struct source_options takes them; "" or 0: as the source has it. A role "2:I1" belongs to the
     * second load of the file, counted over all devices (plant_load.point); voltages to circuit 1. */
    char channels[CONFIG_LIST_TEXT];
    char scale[CONFIG_LIST_TEXT];
    double rate_hz;
};

/* --- How a simulated installation behaves ------------------------------------------------------- */

struct config_harmonic {
    unsigned order;   /* 2 ... 63 */
    double percent;   /* of the fundamental, RMS */
    double angle_deg; /* at the fundamental's upward zero crossing: sin(order * wt + angle) */
};

struct config_harmonics {
    unsigned count;
    struct config_harmonic item[CONFIG_ORDERS_MAX]; /* by rising order */
};

struct config_dip {
    double start_s; /* of the first one, since the simulation began */
    double every_s; /* again after this time; 0: once */
    double duration_s;
    double residual_percent; /* what is left of the voltage; above 100 it is a swell */
    unsigned phases;         /* bit n: phase n + 1 */
};

struct config_simulation {
    double rate_hz;             /* samples per second */
    double voltage_percent;     /* of nominal */
    double unbalance_percent;   /* inverse component of the voltages, of the direct one */
    double frequency_hz;        /* 0: nominal */
    double frequency_wander_hz; /* the frequency swings by this much up and down */
    double frequency_period_s;  /* ... once in this time */
    double noise_percent; /* white noise, RMS, of the nominal voltage and the rated currents */
    struct config_harmonics harmonics; /* of every phase voltage */
    unsigned dip_count;
    struct config_dip dip[CONFIG_DIPS_MAX];
    double ratio_error_percent; /* of every current sensor */
    double phase_error_deg;     /* of every current sensor */
    unsigned adc_bits;          /* 0: ideal */
    double clock_error_ppm;     /* of the sampling clock */
    unsigned seed;              /* of the noise: the same seed gives the same samples */
};

/* What one simulated load draws. */
struct config_load_simulation {
    double current_a; /* RMS of the fundamental, in each phase before unbalance and variation */
    double angle_deg; /* by which it lags the voltage; negative: leads */
    bool exports;     /* it feeds the network: the current is turned round */
    double unbalance_percent;          /* phase 1 that much more, phase 3 that much less */
    double variation_percent;          /* the current swings by this much up and down */
    double variation_period_s;         /* ... once in this time */
    struct config_harmonics harmonics; /* of the fundamental current */
};

/* --- What is served ----------------------------------------------------------------------------- */

struct config_servers {
    char bind[64];            /* numeric address to listen on */
    unsigned web_port;        /* 0: not served */
    unsigned modbus_tcp_port; /* 0: not served */
    unsigned modbus_rtu_port; /* RTU over TCP; 0: not served */
};

/* Modbus over TLS ("Modbus/TCP Security"): who comes in has a certificate of the authorities. */
struct config_modbus_tls {
    unsigned port; /* 0: not served; neither without a certificate */
    char certificate[CONFIG_PATH_TEXT], key[CONFIG_PATH_TEXT], authorities[CONFIG_PATH_TEXT];
};

/* A serial line on which the installation answers Modbus RTU. */
struct config_serial {
    char device[CONFIG_PATH_TEXT]; /* "": there is none */
    int speed;                     /* config_serial_baud tells the baud */
    enum serial_parity parity;
    unsigned stop_bits;
    bool rs485;
};
unsigned config_serial_baud(int speed);

struct config_data {
    char directory[CONFIG_PATH_TEXT]; /* "": not named; relative: as for config_source.file */
};

struct config_clock {
    char zone[64]; /* of the zone database: it is there (zone_load) */
};

/* --- When waveforms are captured ------------------------------------------------------------------ */

struct config_waveforms {
    unsigned subsampling; /* each so many samples */
    double after_percent; /* share of a set from the trigger on */
    bool dip, swell, interruption, overcurrent, rapid_change, power_failure; /* which trigger */
};

/* As in a file that says nothing of it. */
void config_waveforms_init(struct config_waveforms *w);

/* --- All of it ------------------------------------------------------------------------------------ */

struct config {
    struct plant plant; /* numbered (plant_number) */
    struct config_source source;
    struct config_simulation simulation;
    struct config_load_simulation load[CONFIG_LOADS_MAX]; /* of the load with point n: [n - 1] */
    struct config_servers servers;
    struct config_modbus_tls modbus_tls;
    struct config_serial serial;
    struct config_data data;
    struct config_clock clock;
    struct config_tariff tariff;
    struct config_waveforms waveforms;
};

/* About 300 KiB: keep it static or allocated, not on a stack. */

/* Reads an installation file. ERR_OK: `out` holds it. ERR_INPUT: `faults` says everything that is wrong
 * with it, in the order of its lines. ERR_SYSTEM or ERR_MEMORY: `faults` says why it could not be read.
 * `out` is written only on ERR_OK. Neither owns memory elsewhere. */
enum err config_read(const char *path, struct config *out, struct config_faults *faults);

/* The same for text in memory; `name` stands before the faults and its folder is where relative paths
 * begin. */
enum err config_parse(const char *text, size_t length, const char *name, struct config *out,
                      struct config_faults *faults);

/* The installation that is built into the program (`busbar demo`): demo.yaml. */
extern const char config_demo_text[];
enum err config_demo(struct config *out, struct config_faults *faults);

/* The whole installation as a file, every key with its value, defaults too. Reading it gives the same. */
void config_print(const struct config *c, struct text *out);

/* The reference chapter of docs/installation.md, in Markdown: every section and key, the profiles, and
 * which loads may exist on which network. */
void config_reference(struct text *out);

#endif
