/* busbar check: validates an installation file; every fault, or what is installed. */
#include "app/commands.h"
#include "app/options.h"
#include "base/text.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

/* --- What is installed ----------------------------------------------------------------------------- */

static void print_network(const struct config *c, struct text *out)
{
    const struct plant_network *n = &c->plant.network;
    char voltage[32], primary[32], secondary[32];
    text_printf(out, "%s: %s, %s V, %.0f Hz", c->plant.name, network_type_info(n->type)->name,
                number_shortest(n->nominal_voltage_v, voltage), n->nominal_hz);
    if (n->vt_primary_v > 0)
        text_printf(out, ", voltage transformer %s V / %s V",
                    number_shortest(n->vt_primary_v, primary),
                    number_shortest(n->vt_secondary_v, secondary));
    text_puts(out, "\n");
}

/* "1 2 3", "4 2 1 N3": the input of each current; a reversed sensor has a minus before it. */
static void print_inputs(const struct plant_load *l, struct text *out)
{
    bool first = true;
    for (unsigned k = 0; k < 4; k++)
        if (l->input[k]) {
            text_printf(out, "%s%s%s%u", first ? "" : " ", l->reversed[k] ? "-" : "",
                        k == 3 ? "N" : "", l->input[k]);
            first = false;
        }
}

/* "L1 L3: ", the phases that have a sensor. */
static void print_phases(const struct plant_load *l, struct text *out)
{
    const char *before = "";
    for (unsigned k = 0; k < 3; k++)
        if (l->input[k]) {
            text_printf(out, "%sL%u", before, l->phase[k]);
            before = " ";
        }
    text_puts(out, ": ");
}

static void print_load(const struct plant_load *l, unsigned number, struct text *out)
{
    char name[PLANT_NAME_TEXT + 8], rated[48], amperes[32];
    snprintf(name, sizeof name, "%u %s", number, l->name);
    snprintf(rated, sizeof rated, "%s A", number_shortest(l->rated_current_a, amperes));
    text_column(out, name, 28);
    text_column(out, load_type_info(l->type)->name, 17);
    text_column(out, rated, 9);
    const struct load_type_info *type = load_type_info(l->type);
    if (type->phases == 2)
        text_printf(out, "L%u L%u: ", l->phase[0], l->phase[1]);
    else if (type->phases == 1 || type->rule != RULE_PHASES)
        print_phases(l, out);
    print_inputs(l, out);
    text_puts(out, "\n");
}

static void print_devices(const struct plant *p, struct text *out)
{
    text_puts(
        out,
        "\nADDRESS  PROFILE  NAME                    LOAD                        TYPE             "
        "RATED    INPUTS\n");
    for (unsigned i = 0; i < p->device_count; i++) {
        const struct plant_device *d = &p->device[i];
        text_printf(out, "%7u  ", d->address);
        text_column(out, d->profile->name, 9);
        if (d->load_count > 0)
            text_column(out, d->name, 24);
        else
            text_printf(out, "%s\n", d->name);
        for (unsigned l = 0; l < d->load_count; l++) {
            if (l > 0)
                text_column(out, "", 42);
            print_load(&d->load[l], l + 1, out);
        }
    }
}

static void print_source(const struct config *c, struct text *out)
{
    const struct config_source *s = &c->source;
    switch (s->type) {
    case CONFIG_SOURCE_SIMULATOR:
        text_printf(out, "\nSource: the simulator, %.0f samples per second.\n",
                    c->simulation.rate_hz);
        break;
    case CONFIG_SOURCE_RECORDING:
        text_printf(out, "\nSource: the recording %s%s.\n", s->file,
                    s->loop ? ", again and again" : "");
        break;
    default:
        text_printf(out, "\nSource: sampled values on %s, %s%s.\n", s->interface,
                    *s->stream ? "stream " : "the first stream seen", s->stream);
        break;
    }
}

static void print_server(const char *name, const char *bind, unsigned port, struct text *out)
{
    if (port)
        text_printf(out, "%s: %s port %u.\n", name, bind, port);
    else
        text_printf(out, "%s: not served.\n", name);
}

static void print_tariffs(const struct config *c, struct text *out)
{
    const struct config_tariff *t = &c->tariff;
    if (t->tariffs == 0)
        return;
    text_printf(out, "Tariffs: %u", t->tariffs);
    for (unsigned i = 0; i < t->rate_count; i++)
        text_printf(out, "%s%s", i ? ", " : " (", t->rate[i].name);
    text_printf(out, "%s, local time of %s.\n", t->rate_count ? ")" : "", c->clock.zone);
}

static void print_summary(const struct config *c, struct text *out)
{
    print_network(c, out);
    print_devices(&c->plant, out);
    print_source(c, out);
    print_server("Web", c->servers.bind, c->servers.web_port, out);
    print_server("Modbus TCP", c->servers.bind, c->servers.modbus_tcp_port, out);
    if (c->servers.modbus_rtu_port)
        print_server("Modbus RTU over TCP", c->servers.bind, c->servers.modbus_rtu_port, out);
    if (*c->modbus_tls.certificate)
        print_server("Modbus TLS", c->servers.bind, c->modbus_tls.port, out);
    if (*c->serial.device)
        text_printf(out, "Modbus RTU: %s, %u baud.\n", c->serial.device,
                    config_serial_baud(c->serial.speed));
    print_tariffs(c, out);
    if (*c->data.directory)
        text_printf(out, "Data: kept in %s.\n", c->data.directory);
}

/* --- The command -------------------------------------------------------------------------------------- */

static int write_out(struct text *t, FILE *to)
{
    if (t->failed)
        fputs("busbar check: out of memory\n", stderr);
    else
        fwrite(t->bytes, 1, t->length, to);
    return t->failed ? 3 : 0;
}

static int check(const char *path, bool print_config)
{
    struct config *c = malloc(sizeof *c);
    struct config_faults *faults = malloc(sizeof *faults);
    struct text out;
    text_init(&out, 0);
    int exit_code = 3;
    if (!c || !faults) {
        fputs("busbar check: out of memory\n", stderr);
    } else {
        enum err err = config_read(path, c, faults);
        if (err != ERR_OK)
            config_faults_print(faults, &out);
        else if (print_config)
            config_print(c, &out);
        else
            print_summary(c, &out);
        exit_code = write_out(&out, err == ERR_OK ? stdout : stderr);
        if (exit_code == 0)
            exit_code = err_exit_code(err);
    }
    text_free(&out);
    free(faults);
    free(c);
    return exit_code;
}

static int print_reference(void)
{
    struct text out;
    text_init(&out, 0);
    config_reference(&out);
    int exit_code = write_out(&out, stdout);
    text_free(&out);
    return exit_code;
}

int check_command(int argc, char **argv)
{
    bool print_config = false, reference = false;
    const struct option_line options[] = {
        {"print-config", NULL, OPTION_FLAG, &print_config, 0, 0,
         "print the file with every key, defaults too"},
        {"reference", NULL, OPTION_FLAG, &reference, 0, 0,
         "print the meaning of every key (Markdown); needs no file"},
        {NULL},
    };
    const struct usage usage = {
        .command = "check",
        .operands = "INSTALLATION.yaml",
        .sentence =
            "Validates an installation file. Every fault goes to standard error with file,\n"
            "line, column and what was expected; if there is none, what is installed goes to\n"
            "standard output.",
        .operands_max = 1,
        .options = options,
        .notes = "Exit codes: 0 the file is good, 1 it has faults, 2 wrong usage, 3 the machine is "
                 "at fault.",
    };
    const char *operand[OPERANDS_MAX];
    int exit_code;
    if (!options_read(&usage, argc, argv, operand, &exit_code))
        return exit_code;
    if (reference)
        return print_reference();
    if (!operand[0])
        return usage_fault(usage.command, "%s is missing", usage.operands);
    return check(operand[0], print_config);
}
