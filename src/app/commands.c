#include "app/commands.h"

#include "base/nearest.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"run", run_command, "run the meter and gateway of an installation"},
    {"demo", demo_command, "run a simulated workshop"},
    {"analyse", analyse_command, "meter a recording and print what happened"},
    {"check", check_command, "validate an installation file: every fault, or what is installed"},
    {"tariff", tariff_command, "print the time-of-use calendar of a year"},
    {"quantities", quantities_command, "list every quantity with unit, scope and kind"},
    {"registers", registers_command, "list the Modbus map"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void print_help(FILE *to)
{
    fputs("Usage: busbar COMMAND [options] ...\n\n"
          "The open multi-circuit power meter.\n\nCommands:\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].help);
    fputs(
        "\nbusbar COMMAND --help says more; busbar --version prints the version.\n"
        "Exit codes: 0 done, 1 the input is at fault, 2 wrong usage, 3 the machine is at fault.\n",
        to);
}

static int unknown(const char *word)
{
    struct nearest n;
    nearest_begin(&n, word);
    for (size_t i = 0; i < COMMANDS; i++)
        nearest_offer(&n, commands[i].name);
    if (n.best)
        fprintf(stderr, "busbar: no command \"%s\"; did you mean %s?\n", word, n.best);
    else
        fprintf(stderr, "busbar: no command \"%s\"; busbar --help lists them\n", word);
    return 2;
}

int command_run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(word, "--version") == 0) {
        puts("busbar " BUSBAR_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return unknown(word);
}
