/* The subcommands. Each is `int name_command(int argc, char **argv)` with argv[0] its own name, and
 * returns the program's exit code: 0 done, 1 the input is at fault, 2 wrong usage, 3 the machine. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

int run_command(int argc, char **argv);
int demo_command(int argc, char **argv);
int analyse_command(int argc, char **argv);
int check_command(int argc, char **argv);
int tariff_command(int argc, char **argv);
int quantities_command(int argc, char **argv);
int registers_command(int argc, char **argv);

/* The word after "busbar" chooses; without one, or with --help, says what there is. */
int command_run(int argc, char **argv);

#endif
