/* busbar quantities: the vocabulary, for people as columns, for machines as JSON. */
#include "app/commands.h"
#include "app/options.h"
#include "base/json.h"
#include "quantity/quantity.h"

#include <stdio.h>

static void print_columns(struct text *out)
{
    text_puts(out, "NAME             UNIT  SCOPE    KIND     DIGITS  MEANING\n");
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *i = quantity_info((enum quantity)q);
        text_column(out, i->name, 17);
        text_column(out, unit_symbol(i->unit), 6);
        text_column(out, quantity_scope_name(i->scope), 9);
        text_column(out, quantity_kind_name(i->kind), 9);
        text_printf(out, "%6d  %s\n", i->digits, quantity_sentence((enum quantity)q));
    }
}

static void print_json(struct text *out)
{
    struct json j;
    json_init(&j, out, 2);
    json_put_object(&j);
    json_put_key_string(&j, "schema", "busbar-quantities/1");
    json_put_key(&j, "quantities");
    json_put_array(&j);
    for (int q = 0; q < Q_COUNT; q++) {
        const struct quantity_info *i = quantity_info((enum quantity)q);
        json_put_object(&j);
        json_put_key_integer(&j, "slot", q);
        json_put_key_string(&j, "name", i->name);
        json_put_key_string(&j, "unit", unit_symbol(i->unit));
        json_put_key_string(&j, "scope", quantity_scope_name(i->scope));
        json_put_key_string(&j, "kind", quantity_kind_name(i->kind));
        json_put_key_integer(&j, "digits", i->digits);
        json_put_key_string(&j, "meaning", quantity_sentence((enum quantity)q));
        json_put_end_object(&j);
    }
    json_put_end_array(&j);
    json_put_end_object(&j);
    text_puts(out, "\n");
}

int quantities_command(int argc, char **argv)
{
    bool as_json = false;
    const struct option_line options[] = {
        {"json", NULL, OPTION_FLAG, &as_json, 0, 0, "as JSON instead of columns"},
        {NULL},
    };
    const struct usage usage = {
        .command = "quantities",
        .operands = "",
        .sentence =
            "Lists every quantity that the program knows: its name, the unit of its values,\n"
            "whether it belongs to the network or to a load, its kind, the decimals worth\n"
            "showing, and what it means.",
        .options = options,
    };
    const char *operand[OPERANDS_MAX];
    int exit_code;
    if (!options_read(&usage, argc, argv, operand, &exit_code))
        return exit_code;
    struct text out;
    text_init(&out, 0);
    if (as_json)
        print_json(&out);
    else
        print_columns(&out);
    if (out.failed)
        fputs("busbar: out of memory\n", stderr);
    else
        fwrite(out.bytes, 1, out.length, stdout);
    exit_code = out.failed ? 3 : 0;
    text_free(&out);
    return exit_code;
}
