/* Sets of waveforms of a recording, each as CSV and as COMTRADE into a folder. */
#include "app/analysis/analysis.h"
#include "app/captures.h"
#include "port/files.h"
#include "store/waveform_export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than anybody looks at. */
#define SETS_MAX 10000

static unsigned circuit_of(const struct analysis *a, unsigned meter, int load)
{
    for (unsigned i = 0; i < a->circuit_count; i++)
        if (a->circuit[i].meter == meter && a->circuit[i].load == load)
            return a->circuit[i].number;
    return 0;
}

static enum err write_file(const struct analysis *a, const char *name, const char *ending,
                           const struct text *t, struct fault *fault)
{
    char path[1200];
    const char *folder = a->options->waveforms;
    if (snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending) >= (int)sizeof path)
        return fault_set(fault, ERR_SYSTEM, "%.60s...: the name is too long", folder);
    if (t->failed)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", path);
    FILE *f = fopen(path, "wb");
    bool good = f && fwrite(t->bytes, 1, t->length, f) == t->length;
    good = f && fclose(f) == 0 && good;
    return good ? ERR_OK
                : fault_set(fault, ERR_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
}

static enum err write_set(const struct analysis *a, const struct waveform_set *set,
                          struct fault *fault)
{
    static const struct {
        const char *ending;
        void (*put)(struct text *out, const struct waveform_set *set);
    } files[] = {{"csv", waveform_put_csv},
                 {"cfg", waveform_put_comtrade_cfg},
                 {"dat", waveform_put_comtrade_dat}};
    char name[48];
    snprintf(name, sizeof name, "%04u-%s%s", (unsigned)set->id, capture_reason_name(set->reason),
             set->at_end ? "-end" : "");
    enum err err = ERR_OK;
    for (size_t i = 0; i < sizeof files / sizeof *files && !err; i++) {
        struct text t;
        text_init(&t, 0);
        files[i].put(&t, set);
        err = write_file(a, name, files[i].ending, &t, fault);
        text_free(&t);
    }
    return err;
}

enum err analysis_make_folder(const struct analysis *a, struct fault *fault)
{
    return a->options->waveforms ? folder_make(a->options->waveforms, fault) : ERR_OK;
}

void analysis_keep_waveforms(struct analysis *a, unsigned meter, const struct metrology_capture *c)
{
    if (a->write_fault.code)
        return;
    if (a->waveform_count == SETS_MAX) {
        analysis_note(a, "More than %d sets of waveforms; the others are not written.", SETS_MAX);
        return;
    }
    struct waveform_set *set = malloc(sizeof *set);
    if (!set) {
        fault_set(&a->write_fault, ERR_MEMORY, "not enough memory for waveforms");
        return;
    }
    capture_to_set(c, a->nominal_hz, set);
    set->id = ++a->waveform_count;
    set->load = (uint8_t)(c->load < 0 ? 0 : circuit_of(a, meter, c->load));
    for (unsigned l = 0; l < CAPTURE_WAVEFORMS; l++)
        if (c->waveform[l].load >= 0)
            set->line[l].load = (uint8_t)circuit_of(a, meter, c->waveform[l].load);
    write_set(a, set, &a->write_fault);
    free(set);
}
