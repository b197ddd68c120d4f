/* The sections of a single-file record (.cff, clause 11 of 2013), and words that both kinds share. */
#include "source/comtrade.h"

#include "base/instant.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool comtrade_read_form(const char *text, size_t length, enum comtrade_form *form)
{
    static const struct {
        const char *word;
        enum comtrade_form form;
    } forms[] = {{"ASCII", COMTRADE_ASCII},
                 {"BINARY", COMTRADE_BINARY},
                 {"BINARY32", COMTRADE_BINARY32},
                 {"FLOAT32", COMTRADE_FLOAT32}};
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strlen(forms[i].word) == length && strncasecmp(text, forms[i].word, length) == 0) {
            *form = forms[i].form;
            return true;
        }
    return false;
}

/* --- times -------------------------------------------------------------------------------------- */

/* Numbers with separators between them, as many as `most`; false if something else is there. */
static unsigned read_numbers(const char *text, size_t length, const char *separators, long *values,
                             int *digits, unsigned most)
{
    unsigned n = 0;
    bool in_number = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            if (!in_number && n == most)
                return 0;
            if (!in_number) {
                values[n] = 0;
                digits[n++] = 0;
            }
            in_number = true;
            if (digits[n - 1] < 9) { /* more decimals are below a nanosecond */
                values[n - 1] = values[n - 1] * 10 + (text[i] - '0');
                digits[n - 1]++;
            }
        } else if (in_number && text[i] && strchr(separators, text[i])) {
            in_number = false;
        } else {
            return 0;
        }
    }
    return n;
}

static bool read_date(const char *text, size_t length, int revision, struct civil *c, bool *swapped)
{
    long v[3];
    int digits[3];
    if (read_numbers(text, length, "/-.", v, digits, 3) != 3)
        return false;
    if (digits[0] == 4) { /* year/month/day */
        c->year = (int)v[0];
        c->month = (int)v[1];
        c->day = (int)v[2];
        return true;
    }
    bool month_first = revision < 1999;
    if ((month_first ? v[0] : v[1]) > 12) {
        month_first = !month_first;
        *swapped = true;
    }
    c->month = (int)(month_first ? v[0] : v[1]);
    c->day = (int)(month_first ? v[1] : v[0]);
    c->year = (int)v[2];
    if (digits[2] <= 2)
        c->year += c->year >= 80 ? 1900 : 2000;
    return true;
}

bool comtrade_read_time(const char *date, size_t date_length, const char *time, size_t time_length,
                        int revision, int64_t *ns, bool *swapped, int *decimals)
{
    struct civil c = {0};
    long v[4] = {0};
    int digits[4] = {0};
    *swapped = false;
    if (!read_date(date, date_length, revision, &c, swapped))
        return false;
    if (read_numbers(time, time_length, ":.", v, digits, 4) < 3)
        return false;
    *decimals = digits[3];
    for (int i = digits[3]; i < 9; i++)
        v[3] *= 10;
    if (v[0] > 99 || v[1] > 99 || v[2] > 99)
        return false;
    int leap = v[2] == 60; /* the second after :59 */
    c.hour = (int)v[0];
    c.minute = (int)v[1];
    c.second = (int)v[2] - leap;
    c.nanosecond = (int32_t)v[3];
    if (!instant_from_civil(&c, ns))
        return false;
    *ns += leap * NS_PER_S;
    return true;
}

/* --- sections ------------------------------------------------------------------------------------ */

/* The heading "--- file type: DAT FLOAT32: 4214 ---" without its ornaments. False: no heading. */
static bool read_heading(const char *line, size_t length, const char **kind, size_t *kind_length)
{
    static const char label[] = "file type:";
    const char *p = line, *end = line + length;
    while (p < end && (*p == '-' || *p == ' '))
        p++;
    if (p - line < 3 || line[0] != '-' || (size_t)(end - p) < sizeof label - 1 ||
        strncasecmp(p, label, sizeof label - 1) != 0)
        return false;
    p += sizeof label - 1;
    while (p < end && *p == ' ')
        p++;
    while (end > p && (end[-1] == '-' || end[-1] == ' '))
        end--;
    *kind = p;
    *kind_length = (size_t)(end - p);
    return true;
}

static bool starts_with(const char *text, size_t length, const char *word)
{
    return length >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

/* "DAT BINARY: 4214" */
static bool read_data_heading(const char *kind, size_t length, struct comtrade_sections *s)
{
    const char *p = kind + 3, *end = kind + length;
    const char *colon = memchr(p, ':', (size_t)(end - p));
    s->has_form = comtrade_read_form(p, (size_t)((colon ? colon : end) - p), &s->form);
    s->data_bytes = 0;
    for (const char *c = colon ? colon + 1 : end; c < end; c++)
        if (*c >= '0' && *c <= '9' && s->data_bytes < UINT64_MAX / 20)
            s->data_bytes = s->data_bytes * 10 + (uint64_t)(*c - '0');
    return s->has_form || p == end;
}

static enum err fail(struct input *in, struct comtrade_sections *s, struct text *cfg,
                     struct fault *fault, const char *what)
{
    text_free(cfg);
    s->cfg = NULL;
    return fault_set(fault, ERR_INPUT, "%s:%" PRIu64 ": %s", input_name(in), input_line_number(in),
                     what);
}

enum err comtrade_cff_read(struct input *in, struct comtrade_sections *s, struct fault *fault)
{
    const char *line, *kind;
    size_t length, kind_length;
    bool in_cfg = false;
    struct text cfg;
    *s = (struct comtrade_sections){0};
    text_init(&cfg, COMTRADE_CFG_MAX);
    for (;;) {
        enum err err = input_line(in, &line, &length, fault);
        if (err == ERR_END)
            return fail(in, s, &cfg, fault, "the file ends, expected a section \"DAT\"");
        if (err) {
            text_free(&cfg);
            return err;
        }
        if (read_heading(line, length, &kind, &kind_length)) {
            in_cfg = starts_with(kind, kind_length, "CFG");
            if (in_cfg)
                s->cfg_line = input_line_number(in) + 1;
            if (starts_with(kind, kind_length, "DAT"))
                break;
        } else if (in_cfg) {
            text_add(&cfg, line, length);
            text_add(&cfg, "\n", 1);
        }
    }
    if (!read_data_heading(kind, kind_length, s))
        return fail(in, s, &cfg, fault,
                    "expected a section \"DAT\" of ASCII, BINARY, BINARY32 or FLOAT32 data");
    if (cfg.failed || cfg.length == 0)
        return fail(in, s, &cfg, fault,
                    cfg.failed ? "the section CFG is longer than 4 MiB"
                               : "expected a section \"CFG\" before the data");
    s->cfg = cfg.bytes;
    s->cfg_length = cfg.length;
    s->data_offset = input_offset(in);
    s->data_line = input_line_number(in) + 1;
    return ERR_OK;
}
