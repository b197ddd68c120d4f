/* busbar analyse: meters a recording as fast as it can; a page for people, JSON for machines. */
#include "app/analysis/analysis.h"
#include "app/captures.h"
#include "app/commands.h"
#include "app/options.h"
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void show_progress(double share)
{
    fprintf(stderr, "\r[%-40.*s] %3.0f %%", (int)(share * 40),
            "########################################", 100 * share);
}

static void clear_progress(void)
{
    fputs("\r\033[K", stderr);
}

/* Writes the whole result or says why not; "-" is standard output. */
static int write_result(const char *path, const struct text *t)
{
    if (t->failed) {
        fputs("busbar: analyse: the result does not fit into memory\n", stderr);
        return 3;
    }
    if (strcmp(path, "-") == 0) {
        fwrite(t->bytes, 1, t->length, stdout);
        return 0;
    }
    FILE *f = fopen(path, "w");
    bool good = f && fwrite(t->bytes, 1, t->length, f) == t->length;
    good = f && fclose(f) == 0 && good;
    if (!good) {
        fprintf(stderr, "busbar: analyse: cannot write %s: %s\n", path, strerror(errno));
        return 3;
    }
    return 0;
}

static int show(const struct analysis *a, const char *json_path)
{
    struct text out;
    int code = 0;
    text_init(&out, (size_t)3 << 30);
    if (json_path) {
        analysis_write_json(a, &out);
        code = write_result(json_path, &out);
        text_clear(&out);
    }
    if (code == 0 && (!json_path || strcmp(json_path, "-") != 0)) {
        analysis_write_page(a, &out, isatty(STDOUT_FILENO));
        code = write_result("-", &out);
    }
    text_free(&out);
    return code;
}

/* Takes network, thresholds and channels from an installation, where no option says otherwise. */
static int use_installation(const char *path, struct config *config, struct analysis_options *o)
{
    struct config_faults faults;
    enum err err = config_read(path, config, &faults);
    if (err) {
        struct text out;
        text_init(&out, 0);
        config_faults_print(&faults, &out);
        fputs(out.bytes ? out.bytes : "", stderr);
        text_free(&out);
        return err_exit_code(err);
    }
    const struct plant_network *n = &config->plant.network;
    o->plant = &config->plant;
    o->thresholds.dip_percent = n->dip_percent;
    o->thresholds.swell_percent = n->swell_percent;
    o->thresholds.interruption_percent = n->interruption_percent;
    o->thresholds.hysteresis_percent = n->hysteresis_percent;
    o->thresholds.overcurrent_percent = n->overcurrent_percent;
    o->thresholds.reactive = config->plant.measurement.reactive;
    o->thresholds.total = config->plant.measurement.total;
    o->thresholds.pf_sign = config->plant.measurement.pf_sign;
    o->thresholds.capture = captures_setup(&config->waveforms);
    o->thresholds.sliding_reference = n->sliding_reference;
    o->thresholds.rvc_percent = n->rvc_percent;
    o->thresholds.rvc_hysteresis_percent = n->rvc_hysteresis_percent;
    o->thresholds.signalling_percent = n->signalling_percent;
    o->thresholds.signalling_hz = config->plant.measurement.signalling_hz;
    o->thresholds.signalling_s = config->plant.measurement.signalling_s;
    o->thresholds.flicker_lamp = config->plant.measurement.flicker_lamp;
    if (o->nominal_voltage_v == 0)
        o->nominal_voltage_v = n->nominal_voltage_v;
    if (o->nominal_hz == 0)
        o->nominal_hz = n->nominal_hz;
    if (!o->source.channels && config->source.channels[0])
        o->source.channels = config->source.channels;
    if (!o->source.scale && config->source.scale[0])
        o->source.scale = config->source.scale;
    if (o->source.rate_hz == 0)
        o->source.rate_hz = config->source.rate_hz;
    return 0;
}

static int analyse(const char *path, const struct analysis_options *o, const char *json_path)
{
    struct analysis a;
    struct fault fault;
    int code;
    bool bar = o->progress != NULL;
    enum err err = analysis_run(&a, path, o, &fault);
    if (bar)
        clear_progress();
    if (err) {
        fprintf(stderr, "busbar: %s\n", fault.text);
        code = err_exit_code(err);
    } else {
        code = show(&a, json_path);
    }
    analysis_free(&a);
    return code;
}

int analyse_command(int argc, char **argv)
{
    struct analysis_options o = {0};
    const char *json_path = NULL, *installation = NULL, *operand[OPERANDS_MAX];
    int code = 0;
    struct config_waveforms waveforms;
    metrology_setup_init(&o.thresholds);
    config_waveforms_init(&waveforms);
    o.thresholds.capture = captures_setup(&waveforms);
    const struct option_line options[] = {
        {"json", "FILE", OPTION_TEXT, &json_path, 0, 0, "write JSON to FILE; - is standard output"},
        {"windows", NULL, OPTION_FLAG, &o.windows, 0, 0, "add every basic window to the JSON"},
        {"aggregates", NULL, OPTION_FLAG, &o.aggregates, 0, 0,
         "add values over 150/180 cycles, 10 minutes and 2 hours to the JSON"},
        {"half-cycles", NULL, OPTION_FLAG, &o.half_cycles, 0, 0,
         "add every half-cycle RMS value to the JSON"},
        {"channels", "LIST", OPTION_TEXT, &o.source.channels, 0, 0,
         "roles by position: V1,V2,V3,I1,I2,I3; 2:V1 is of circuit 2; - skips a channel"},
        {"rate", "HZ", OPTION_NUMBER, &o.source.rate_hz, 1e-3, 1e9,
         "samples per second, for CSV without a time column"},
        {"scale", "LIST", OPTION_TEXT, &o.source.scale, 0, 0,
         "factors by position; the last one repeats"},
        {"stream", "ID", OPTION_TEXT, &o.source.stream, 0, 0,
         "svID to follow in a capture; the first one if not given"},
        {"nominal-voltage", "V", OPTION_NUMBER, &o.nominal_voltage_v, 1e-3, 1e7,
         "phase to neutral, or between phases where there is no neutral"},
        {"nominal-frequency", "HZ", OPTION_NUMBER, &o.nominal_hz, 45, 65, "50 or 60"},
        {"nominal-current", "A", OPTION_NUMBER, &o.nominal_current_a, 1e-6, 1e7,
         "rated current, for TDD and overcurrents"},
        {"waveforms", "DIR", OPTION_TEXT, &o.waveforms, 0, 0,
         "write the waveforms of each event to DIR, as CSV and COMTRADE"},
        {"installation", "FILE", OPTION_TEXT, &installation, 0, 0,
         "use the network, thresholds and rated currents of an installation"},
        {NULL},
    };
    const struct usage usage = {
        .command = "analyse",
        .operands = "RECORDING",
        .sentence =
            "Meters a recording: COMTRADE (.cfg, .dat, .cff), sampled values (pcap, pcapng),\n"
            "CSV (plain or gzip) or WAV. Prints values, harmonics and events per circuit.",
        .operands_min = 1,
        .operands_max = 1,
        .options = options,
    };
    if (!options_read(&usage, argc, argv, operand, &code))
        return code;
    if (o.nominal_hz != 0 && o.nominal_hz != 50 && o.nominal_hz != 60)
        return usage_fault("analyse", "--nominal-frequency is 50 or 60");
    if ((o.windows || o.half_cycles || o.aggregates) && !json_path)
        return usage_fault(
            "analyse",
            "--windows, --aggregates and --half-cycles add to the JSON: give --json too");
    o.progress = isatty(STDERR_FILENO) ? show_progress : NULL;
    struct config *config = installation ? calloc(1, sizeof *config) : NULL;
    if (installation && !config) {
        fputs("busbar: analyse: not enough memory for an installation\n", stderr);
        return 3;
    }
    if (installation)
        code = use_installation(installation, config, &o);
    if (code == 0)
        code = analyse(operand[0], &o, json_path);
    free(config);
    return code;
}
