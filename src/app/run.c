/* busbar run and busbar demo: the instrument itself, on an installation file or the built-in one. */
#include "app/commands.h"
#include "app/instrument.h"
#include "app/options.h"

#include <stdio.h>
#include <stdlib.h>

/* Prints the faults of an installation; returns the exit code. */
static int say_faults(enum err err, const struct config_faults *faults)
{
    struct text out;
    text_init(&out, 0);
    config_faults_print(faults, &out);
    fputs(out.bytes ? out.bytes : "", stderr);
    text_free(&out);
    return err_exit_code(err);
}

static struct config *new_config(void)
{
    struct config *config = malloc(sizeof *config);
    if (!config)
        fputs("busbar: not enough memory for an installation\n", stderr);
    return config;
}

/* Runs what was read, or says why it could not be read. */
static int run_or_say(enum err err, const struct config_faults *faults, const struct config *config,
                      const struct instrument_options *options)
{
    return err ? say_faults(err, faults) : instrument_run(config, options);
}

int run_command(int argc, char **argv)
{
    struct instrument_options o = {.speed = 1};
    const char *operand[OPERANDS_MAX];
    int code;
    const struct option_line options[] = {
        {"data", "DIR", OPTION_TEXT, &o.data, 0, 0, "folder in which energies are kept"},
        {"speed", "N", OPTION_NUMBER, &o.speed, 0.01, 10000,
         "seconds of a simulation or recording in a second"},
        {NULL},
    };
    const struct usage usage = {
        .command = "run",
        .operands = "INSTALLATION.yaml",
        .sentence =
            "Runs the meter and gateway that the installation file describes, until Ctrl-C.",
        .operands_min = 1,
        .operands_max = 1,
        .options = options,
    };
    if (!options_read(&usage, argc, argv, operand, &code))
        return code;
    struct config *config = new_config();
    struct config_faults faults;
    if (!config)
        return 3;
    enum err err = config_read(operand[0], config, &faults);
    if (!err && !o.data && config->data.directory[0])
        o.data = config->data.directory;
    code = run_or_say(err, &faults, config, &o);
    free(config);
    return code;
}

int demo_command(int argc, char **argv)
{
    struct instrument_options o = {.speed = 1};
    const char *operand[OPERANDS_MAX];
    long http_port = -1, modbus_port = -1, rtu_port = -1;
    int code;
    const struct option_line options[] = {
        {"data", "DIR", OPTION_TEXT, &o.data, 0, 0,
         "folder in which energies are kept (without: nothing is kept)"},
        {"speed", "N", OPTION_NUMBER, &o.speed, 0.01, 10000, "simulated seconds in a second"},
        {"http-port", "N", OPTION_INTEGER, &http_port, 0, 65535, "web page and API (8080)"},
        {"modbus-port", "N", OPTION_INTEGER, &modbus_port, 0, 65535, "Modbus TCP (1502)"},
        {"rtu-port", "N", OPTION_INTEGER, &rtu_port, 0, 65535,
         "Modbus RTU over TCP (1503, or one above Modbus TCP)"},
        {NULL},
    };
    const struct usage usage = {
        .command = "demo",
        .operands = "",
        .sentence = "Runs the same program on a simulated workshop, until Ctrl-C.\n"
                    "A port of 0 takes any that is free.",
        .options = options,
    };
    if (!options_read(&usage, argc, argv, operand, &code))
        return code;
    struct config *config = new_config();
    struct config_faults faults;
    if (!config)
        return 3;
    enum err err = config_demo(config, &faults);
    o.any_port = true;
    o.lenient = rtu_port < 0;
    if (rtu_port < 0 && modbus_port >= 0)
        rtu_port = modbus_port > 0 && modbus_port < 65535 ? modbus_port + 1 : 0;
    if (!err && http_port >= 0)
        config->servers.web_port = (unsigned)http_port;
    if (!err && modbus_port >= 0)
        config->servers.modbus_tcp_port = (unsigned)modbus_port;
    if (!err && rtu_port >= 0)
        config->servers.modbus_rtu_port = (unsigned)rtu_port;
    code = run_or_say(err, &faults, config, &o);
    free(config);
    return code;
}
