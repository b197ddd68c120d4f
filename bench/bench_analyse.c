/* How many seconds of a recording `busbar analyse` meters in a second: 8 channels at 9600 Hz, COMTRADE
 * BINARY, from opening the file to the finished JSON, both passes. The smallest of three runs. */
#include "app/analysis/analysis.h"
#include "port/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RATE     9600
#define SIGNAL_S 120
#define CHANNELS 8

static void write_configuration(const char *path)
{
    static const char *const names[CHANNELS] = {"VA", "VB", "VC", "VN", "IA", "IB", "IC", "IN"};
    static const char *const phases[] = {"A", "B", "C", "N"};
    FILE *f = fopen(path, "w");
    if (!f)
        abort();
    fprintf(f, "bench,1,1999\n%d,%dA,0D\n", CHANNELS, CHANNELS);
    for (int c = 0; c < CHANNELS; c++)
        fprintf(f, "%d,%s,%s,,%s,%g,0,0,-32767,32767,1,1,P\n", c + 1, names[c], phases[c % 4],
                c < 4 ? "V" : "A", c < 4 ? 0.015 : 0.001);
    fprintf(f, "50\n1\n%d,%d\n01/01/2026,00:00:00.000000\n01/01/2026,00:00:00.000000\nBINARY\n1\n",
            RATE, RATE * SIGNAL_S);
    fclose(f);
}

static void write_data(const char *path)
{
    FILE *f = fopen(path, "wb");
    double turn = 2 * acos(-1) * 50.01 / RATE;
    if (!f)
        abort();
    for (uint32_t n = 0; n < RATE * SIGNAL_S; n++) {
        uint32_t head[2] = {n + 1, (uint32_t)(n * 1e6 / RATE)};
        int16_t sample[CHANNELS];
        for (int c = 0; c < CHANNELS; c++) {
            double a = turn * n - c % 4 * 2.0943951;
            sample[c] = (int16_t)(c % 4 == 3 ? 50 : 21000 * (sin(a) + 0.05 * sin(5 * a)));
        }
        fwrite(head, sizeof head, 1, f);
        fwrite(sample, sizeof sample, 1, f);
    }
    fclose(f);
}

int main(void)
{
    char folder[] = "/tmp/busbar-bench-XXXXXX", cfg[64], dat[64];
    double best = 1e9;
    if (!mkdtemp(folder))
        return 1;
    snprintf(cfg, sizeof cfg, "%s/bench.cfg", folder);
    snprintf(dat, sizeof dat, "%s/bench.dat", folder);
    write_configuration(cfg);
    write_data(dat);
    for (int run = 0; run < 3; run++) {
        struct analysis_options options = {0};
        struct analysis a;
        struct fault fault;
        struct text out;
        metrology_setup_init(&options.thresholds);
        text_init(&out, 0);
        int64_t begin = clock_monotonic_ns();
        enum err err = analysis_run(&a, cfg, &options, &fault);
        if (!err)
            analysis_write_json(&a, &out);
        best = fmin(best, (double)(clock_monotonic_ns() - begin) / 1e9);
        analysis_free(&a);
        text_free(&out);
        if (err) {
            fprintf(stderr, "%s\n", fault.text);
            return 1;
        }
    }
    unlink(cfg);
    unlink(dat);
    rmdir(folder);
    printf("{\"analyse\": {\"times_real_time\": %.0f}}\n", SIGNAL_S / best);
    return 0;
}
