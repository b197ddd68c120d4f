/* Reads registers with libmodbus: libmodbus_read PORT UNIT ADDRESS COUNT prints a word a line. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    uint16_t words[MODBUS_MAX_READ_REGISTERS];
    if (argc != 5 || atoi(argv[4]) > MODBUS_MAX_READ_REGISTERS)
        return 2;
    modbus_t *m = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    if (!m || modbus_set_slave(m, atoi(argv[2])) != 0 || modbus_connect(m) != 0)
        return 3;
    int n = modbus_read_registers(m, atoi(argv[3]), atoi(argv[4]), words);
    if (n < 0)
        printf("%s\n", modbus_strerror(errno));
    for (int i = 0; i < n; i++)
        printf("%u\n", words[i]);
    modbus_close(m);
    modbus_free(m);
    return n < 0;
}
