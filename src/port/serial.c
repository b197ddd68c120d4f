#include "port/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const struct {
    unsigned baud;
    speed_t code;
} speeds[] = {
    {1200, B1200},     {2400, B2400},     {4800, B4800},   {9600, B9600},
    {19200, B19200},   {38400, B38400},   {57600, B57600}, {115200, B115200},
#ifdef B230400
    {230400, B230400},
#endif
#ifdef B460800
    {460800, B460800}, {921600, B921600},
#endif
};

static const speed_t *speed_of(unsigned baud)
{
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].baud == baud)
            return &speeds[i].code;
    return NULL;
}

bool serial_baud_known(unsigned baud)
{
    return speed_of(baud) != NULL;
}

double serial_character_us(const struct serial_settings *s)
{
    unsigned bits = 1 + 8 + (s->parity != SERIAL_PARITY_NONE) + s->stop_bits;
    return 1e6 * bits / s->baud;
}

static enum err fault_of(const struct serial_settings *s, const char *what, struct fault *fault)
{
    if (errno == EBUSY)
        return fault_set(fault, ERR_SYSTEM, "%s: another program uses the line", s->device);
    if (errno == EACCES)
        return fault_set(fault, ERR_SYSTEM,
                         "%s: no right to open it; its group (often dialout) has it", s->device);
    enum err err = errno == ENOENT || errno == ENXIO || errno == ENODEV || errno == ENOTDIR
                       ? ERR_INPUT
                       : ERR_SYSTEM;
    return fault_set(fault, err, "%s: cannot be %s: %s", s->device, what, strerror(errno));
}

/* RS-485 on two wires: the driver enables the transmitter while it sends. */
static bool set_rs485(int fd)
{
    struct serial_rs485 line;
    memset(&line, 0, sizeof line);
    line.flags = SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
    return ioctl(fd, TIOCSRS485, &line) == 0;
}

static bool set_line(int fd, const struct serial_settings *s)
{
    struct termios t;
    if (tcgetattr(fd, &t) != 0)
        return false;
    cfmakeraw(&t);
    t.c_cflag &= (tcflag_t) ~(CSTOPB | PARENB | PARODD | CRTSCTS);
    t.c_cflag |= CREAD | CLOCAL | CS8;
    if (s->stop_bits == 2)
        t.c_cflag |= CSTOPB;
    if (s->parity != SERIAL_PARITY_NONE)
        t.c_cflag |= PARENB;
    if (s->parity == SERIAL_PARITY_ODD)
        t.c_cflag |= PARODD;
    t.c_iflag |=
        s->parity == SERIAL_PARITY_NONE ? 0 : INPCK; /* a damaged byte reads as 0: the CRC tells */
    t.c_cc[VMIN] = 0;
    t.c_cc[VTIME] = 0;
    const speed_t *speed = speed_of(s->baud);
    return speed && cfsetispeed(&t, *speed) == 0 && cfsetospeed(&t, *speed) == 0 &&
           tcsetattr(fd, TCSANOW, &t) == 0 && tcflush(fd, TCIOFLUSH) == 0;
}

enum err serial_open(const struct serial_settings *s, int *fd, struct fault *fault)
{
    enum err err = ERR_OK;
    *fd = open(s->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0)
        return fault_of(s, "opened", fault);
    if (!isatty(*fd))
        err = fault_set(fault, ERR_INPUT, "%s: a serial line is expected", s->device);
    else if (ioctl(*fd, TIOCEXCL) != 0 || !set_line(*fd, s))
        err = fault_of(s, "set up", fault);
    else if (s->rs485 && !set_rs485(*fd))
        err =
            fault_set(fault, ERR_SYSTEM,
                      "%s: its driver does not turn an RS-485 transceiver; leave rs485 out for an "
                      "adapter that turns by itself",
                      s->device);
    if (err) {
        close(*fd);
        *fd = -1;
    }
    return err;
}

void serial_close(int fd)
{
    close(fd);
}

int serial_read(int fd, uint8_t *bytes, size_t room)
{
    ssize_t n = read(fd, bytes, room);
    if (n > 0)
        return (int)n;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

bool serial_write(int fd, const uint8_t *bytes, size_t count)
{
    return write(fd, bytes, count) == (ssize_t)count;
}
