/* busbar-accuracy: measures known signals and writes how far the readings lie from the truth, as CSV.
 * tools/accuracy runs it and makes the report. */
#include "lab.h"

#include <stdlib.h>
#include <string.h>

static const struct group {
    const char *name, *sentence;
    void (*run)(struct lab *lab);
} groups[] = {
#define G(name, sentence) {#name, sentence, lab_##name},
    LAB_GROUPS(G)
#undef G
};
#define GROUPS (sizeof groups / sizeof *groups)

static int usage(FILE *to, int code)
{
    fputs("usage: busbar-accuracy [--brief] [--wrong-gain PERCENT] GROUP...\n"
          "       busbar-accuracy --list\n"
          "Writes a row of CSV for each point. Code 1: a point is outside of its limit.\n"
          "--brief       fewer points\n"
          "--wrong-gain  spoil every channel, to see that the run fails (for tests only)\n",
          to);
    return code;
}

static bool run_group(struct lab *lab, const char *name)
{
    for (size_t i = 0; i < GROUPS; i++)
        if (strcmp(groups[i].name, name) == 0) {
            groups[i].run(lab);
            return true;
        }
    fprintf(stderr, "busbar-accuracy: there is no group %s; --list names them\n", name);
    return false;
}

int main(int argc, char **argv)
{
    struct lab lab = {.out = stdout};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout, 0);
        if (strcmp(argv[i], "--list") == 0) {
            for (size_t k = 0; k < GROUPS; k++)
                printf("%s\t%s\n", groups[k].name, groups[k].sentence);
            return 0;
        }
        if (strcmp(argv[i], "--brief") == 0)
            lab.brief = true;
        else if (strcmp(argv[i], "--wrong-gain") == 0 && i + 1 < argc)
            lab.gain_percent = strtod(argv[++i], NULL);
        else
            return usage(stderr, 2);
    }
    if (i == argc)
        return usage(stderr, 2);
    for (; i < argc; i++)
        if (!run_group(&lab, argv[i]))
            return 2;
    if (lab.rows == 0) {
        fputs("busbar-accuracy: nothing was measured\n", stderr);
        return 2;
    }
    return fflush(stdout) || ferror(stdout) ? 2 : lab.failed > 0;
}
