/* What a program needs to run on QEMU's machine mps2-an500 (Cortex-M7, double precision), and no more:
 * vectors, the way to main(), and the C library's system calls by semihosting (ARM IHI 0058), which
 * is how a program without an operating system prints and ends. Real hardware brings its own. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From board.ld */
extern uint32_t stack_top;
extern unsigned char data_begin, data_end, data_image, bss_begin, bss_end, heap_begin, heap_end;

int main(void);

/* --- Semihosting --------------------------------------------------------------------------------- */

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_EXIT_EXTENDED = 0x20 };
#define OPEN_WRITE      4
#define OPEN_APPEND     8 /* of ":tt": the standard error */
#define STOPPED_BY_EXIT 0x20026

static intptr_t call_host(int operation, const void *parameters)
{
    register intptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameters;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static intptr_t console(int file)
{
    static intptr_t handle[2] = {-1, -1};
    int which = file == STDERR_FILENO;
    if (handle[which] < 0)
        handle[which] = call_host(
            SYS_OPEN, (uintptr_t[]){(uintptr_t) ":tt", which ? OPEN_APPEND : OPEN_WRITE, 3});
    return handle[which];
}

/* --- What newlib asks for ------------------------------------------------------------------------- */

int _write(int file, const char *data, int n);
int _write(int file, const char *data, int n)
{
    uintptr_t what[] = {(uintptr_t)console(file), (uintptr_t)data, (uintptr_t)n};
    return n - (int)call_host(SYS_WRITE, what);
}

void _exit(int code)
{
    for (;;)
        call_host(SYS_EXIT_EXTENDED, (uintptr_t[]){STOPPED_BY_EXIT, (uintptr_t)code});
}

void *_sbrk(ptrdiff_t more);
void *_sbrk(ptrdiff_t more)
{
    static unsigned char *top = &heap_begin;
    if (more > &heap_end - top) {
        errno = ENOMEM;
        return (void *)-1;
    }
    void *was = top;
    top += more;
    return was;
}

int posix_memalign(void **memory, size_t alignment, size_t bytes); /* aligned_alloc() asks for it */
int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    *memory = memalign(alignment, bytes);
    return *memory ? 0 : ENOMEM;
}

int _fstat(int file, struct stat *s);
int _fstat(int file, struct stat *s)
{
    (void)file;
    s->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file);
int _isatty(int file)
{
    (void)file;
    return 1;
}

int _read(int file, char *data, int n);
int _read(int file, char *data, int n)
{
    (void)file, (void)data, (void)n;
    return 0;
}

int _close(int file);
int _close(int file)
{
    (void)file;
    return -1;
}

off_t _lseek(int file, off_t to, int from);
off_t _lseek(int file, off_t to, int from)
{
    (void)file, (void)to, (void)from;
    return 0;
}

int _getpid(void);
int _getpid(void)
{
    return 1;
}

int _kill(int process, int number);
int _kill(int process, int number)
{
    (void)process;
    _exit(128 + number);
}

/* --- The way to main() ---------------------------------------------------------------------------- */

static void fault(void)
{
    static const char text[] = "Bail out! processor fault\n";
    _write(STDOUT_FILENO, text, sizeof text - 1);
    _exit(3);
}

#define CPACR (*(volatile uint32_t *)0xe000ed88) /* who may use the floating-point unit */

void board_reset(void);
void board_reset(void)
{
    CPACR |= 0xfu << 20;
    __asm__ volatile("dsb\nisb");
    memcpy(&data_begin, &data_image, (size_t)(&data_end - &data_begin));
    memset(&bss_begin, 0, (size_t)(&bss_end - &bss_begin));
    exit(main());
}

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handler[15])(void);
} vectors = {&stack_top,
             {board_reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
              fault, fault, fault, fault}};
