/* The program: one word names what it is to do. */
#include "app/commands.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    int exit_code = command_run(argc, argv);
    /* A result that did not reach its file is no result: a full disk is the machine's fault. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_code == 0) {
        perror("busbar: cannot write to standard output");
        return 3;
    }
    return exit_code;
}
