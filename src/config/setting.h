/* Settings as lines: what a key of the installation file is called, what it takes, where its value goes
 * and what it means. The reader, --print-config and the reference page are loops over these lines; the
 * lines themselves are in settings.def. Inside this room only. */
#ifndef CONFIG_SETTING_H
#define CONFIG_SETTING_H

#include "config/config.h"
#include "config/value.h"

enum setting_type {
    SETTING_NUMBER,       /* double, in the base unit of `dimension` */
    SETTING_INTEGER,      /* unsigned */
    SETTING_FLAG,         /* bool */
    SETTING_TEXT,         /* char[size] */
    SETTING_CHOICE,       /* int: number of the name that `choice` gives */
    SETTING_WORDS,        /* char[size]: a list, kept comma separated */
    SETTING_POWER_FACTOR, /* double: degrees by which the current lags */
    SETTING_HARMONICS,    /* struct config_harmonics; max: percent */
    SETTING_CONDUCTORS,   /* unsigned: bit n for L1 L2 L3 N; min: how many at least, max: at most */
    SETTING_DATE,         /* struct date_rule */
    SETTING_WEEKDAYS,     /* unsigned: bit n for weekday n, 0 Sunday */
    SETTING_SCHEDULE,     /* struct config_schedule */
    SETTING_SECTION,      /* the struct of `section` */
    SETTING_LIST,         /* `max` structs of `section`, their number in an unsigned at `count` */
};

struct setting {
    const char *key;
    enum setting_type type;
    enum dimension dimension;
    size_t offset; /* of the value in the section's struct */
    size_t size;   /* of the value */
    double min, max;
    bool required;
    bool derived;        /* another way to write the value of another key: never printed */
    const char *initial; /* default as it would be written; NULL: none (0 or empty) */
    const char *(*choice)(int number); /* NULL past the end */
    bool (*check)(const char *text);   /* of a text, or of each word; `expected` says what passes */
    const char *expected;              /* "a role such as V1, I3 or 2:I1"; NULL: said by the type */
    const struct section *section;
    size_t count; /* offset */
    const char *sentence;
};

struct section {
    const char *name; /* "network.thresholds", for the reference; "" for the file itself */
    const char *sentence;
    size_t size; /* of one struct */
    const struct setting *settings;
    unsigned count;
    const char *single; /* key that a plain value stands for: `sensors: [1, 2]`; NULL: none */
};

/* The whole file. Fills a zeroed struct draft. */
extern const struct section *const config_file_section;

#define SETTINGS_MAX 32 /* of one section */

/* --- The file's own shape -------------------------------------------------------------------------- */

#define DRAFT_SENSORS_MAX 4

struct draft_sensor {
    unsigned input;     /* from 1; 0: not said */
    unsigned conductor; /* bit n: L1 L2 L3 N; 0: not said */
    int direction;      /* 1: reversed */
    struct plant_calibration calibration;
};

struct draft_load {
    char name[PLANT_NAME_TEXT];
    int type; /* enum load_type */
    double rated_current_a, demand_current_a;
    double ct_primary_a, ct_secondary_a;
    unsigned sensor_count;
    struct draft_sensor sensor[DRAFT_SENSORS_MAX];
    struct config_load_simulation simulation;
};

struct draft_device {
    int profile; /* index in profiles */
    char name[PLANT_NAME_TEXT];
    unsigned address; /* 0: automatic */
    char serial[16];
    char extended_name[17];
    unsigned load_count;
    struct draft_load load[PLANT_LOADS_MAX];
};

struct draft {
    unsigned version;
    char name[PLANT_NAME_TEXT];
    struct plant_network network;
    struct plant_measurement measurement;
    unsigned device_count;
    struct draft_device device[PLANT_DEVICES_MAX];
    struct config_source source;
    struct config_simulation simulation;
    struct config_servers servers;
    struct config_modbus_tls modbus_tls;
    struct config_serial serial;
    struct config_data data;
    struct config_clock clock;
    struct config_tariff tariff;
    struct config_waveforms waveforms;
};

/* Reads a text into the line's field (a list of words: adds to it). NULL, or what is wrong with the text
 * beyond not being what is expected (", out of range,"; often ""), and the field is as it was or, for a
 * list, holds the words before. Not for harmonics, sections and lists. */
const char *setting_read(const struct setting *s, const char *text, void *field);
const char *setting_add_word(const struct setting *s, const char *word, void *field);

/* "a number in A, mA or kA from 0.1 A to 10000 A": what the line takes, for a sentence. */
void setting_expected(const struct setting *s, struct text *out);

/* Clears a section's struct and fills in the defaults of its lines; lists stay empty. */
void section_set_defaults(const struct section *s, void *base);

/* Number of the line with that key in the section, or section->count. */
unsigned section_find(const struct section *s, const char *key);

#endif
