/* busbar registers: the Modbus map that is served, for people as columns, for programs as CSV. */
#include "app/commands.h"
#include "app/options.h"
#include "base/nearest.h"
#include "base/text.h"
#include "protocol/modbus/map.h"
#include "quantity/quantity.h"

#include <stdio.h>

/* What every row says, as texts. */
struct row_texts {
    char address[8], words[4], scale[32];
    const char *type, *unit;
    struct text meaning;
};

/* Rows without a unit of their own show a quantity, and the vocabulary says what that is. */
static void describe(const struct register_row *row, struct row_texts *t)
{
    snprintf(t->address, sizeof t->address, "%u", row->address);
    snprintf(t->words, sizeof t->words, "%u", row->words);
    number_shortest((double)row->numerator / row->denominator, t->scale);
    t->type = register_type_info(row->type)->name;
    t->unit = row->unit ? row->unit : unit_symbol(quantity_info(row->a)->unit);
    text_clear(&t->meaning);
    text_puts(&t->meaning, row->label);
    if (!row->unit)
        text_printf(&t->meaning, ": %s", quantity_sentence(row->a));
}

/* In quotes, those of the text doubled (RFC 4180). */
static void csv_quoted(struct text *out, const char *string)
{
    text_puts(out, "\"");
    for (; *string; string++) {
        text_add(out, string, 1);
        if (*string == '"')
            text_add(out, string, 1);
    }
    text_puts(out, "\"");
}

static void csv_row(struct text *out, const struct register_block *block,
                    const struct register_row *row, const struct row_texts *t)
{
    text_printf(out, "%s,%s,%s,", t->address, t->words, t->type);
    csv_quoted(out, t->meaning.bytes);
    text_printf(out, ",%s,%s,%s,", t->unit, t->scale, row->access);
    csv_quoted(out, block->name);
    text_printf(out, ",%u\n", block->stride);
}

static void column_row(struct text *out, const struct register_row *row, const struct row_texts *t)
{
    text_puts(out, "  ");
    text_column(out, t->address, 9);
    text_column(out, t->words, 7);
    text_column(out, t->type, 13);
    text_column(out, t->scale, 7);
    text_column(out, t->unit, 20);
    text_column(out, row->access, 8);
    text_printf(out, "%s\n", t->meaning.bytes);
}

static void heading(struct text *out, const struct register_block *block, unsigned times)
{
    text_printf(out, "\n%s: %u words from %u", block->name, block->words, block->first);
    if (block->stride && times > 1)
        text_printf(out, "; loads 1 to %u: + %u x (load - 1)", times, block->stride);
    text_puts(out, "\n");
}

/* `profile` NULL: whatever any profile may have. */
static void print_map(struct text *out, const struct profile *profile, bool csv)
{
    struct row_texts t = {.type = ""};
    text_init(&t.meaning, 0);
    text_puts(out,
              csv ? "address,words,type,quantity,unit,scale,access,block,stride\n"
                  : "  ADDRESS  WORDS  TYPE         SCALE  UNIT                ACCESS  MEANING\n");
    for (size_t b = 0; b < register_block_count; b++) {
        const struct register_block *block = &register_blocks[b];
        unsigned times = profile ? register_block_times(block, profile) : block->repeat;
        if (times > 0 && !csv)
            heading(out, block, times);
        size_t r = register_row_from(block->first);
        for (; times > 0 && r < register_row_count; r++) {
            const struct register_row *row = &register_rows[r];
            if (row->address >= block->first + block->words)
                break;
            if (profile && (profile->features & row->needs) != row->needs)
                continue;
            describe(row, &t);
            if (csv)
                csv_row(out, block, row, &t);
            else
                column_row(out, row, &t);
        }
    }
    out->failed |= t.meaning.failed;
    text_free(&t.meaning);
}

static int unknown_profile(const char *name)
{
    struct nearest n;
    nearest_begin(&n, name);
    for (const struct profile *p = profiles; p->name; p++)
        nearest_offer(&n, p->name);
    if (n.best)
        return usage_fault("registers", "no profile \"%s\"; did you mean %s?", name, n.best);
    return usage_fault("registers", "no profile \"%s\"", name);
}

int registers_command(int argc, char **argv)
{
    bool csv = false;
    const char *name = NULL;
    const struct option_line options[] = {
        {"csv", NULL, OPTION_FLAG, &csv, 0, 0, "as comma separated values"},
        {"profile", "NAME", OPTION_TEXT, &name, 0, 0, "only what a device like I-35 has"},
        {NULL},
    };
    const struct usage usage = {
        .command = "registers",
        .operands = "",
        .sentence =
            "Lists the Modbus registers that are served: address on the wire, words, type and\n"
            "scale (value = register x scale). Pages of a load are those of load 1.",
        .options = options,
        .notes = "RW is what the map allows; this version refuses every write (docs/modbus.md).",
    };
    const char *operand[OPERANDS_MAX];
    int exit_code;
    if (!options_read(&usage, argc, argv, operand, &exit_code))
        return exit_code;
    const struct profile *profile = name ? profile_find(name) : NULL;
    if (name && !profile)
        return unknown_profile(name);
    struct text out;
    text_init(&out, 0);
    print_map(&out, profile, csv);
    if (out.failed)
        fputs("busbar: out of memory\n", stderr);
    else
        fwrite(out.bytes, 1, out.length, stdout);
    exit_code = out.failed ? 3 : 0;
    text_free(&out);
    return exit_code;
}
