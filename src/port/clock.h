/* The machine's clocks. Time comes with the data; these pace a simulated or replayed source, give the
 * time to a source that has none of its own, and time out a silent client. */
#ifndef PORT_CLOCK_H
#define PORT_CLOCK_H

#include <stdint.h>

/* UTC as the machine believes it, ns since 1970; may jump. */
int64_t clock_utc_ns(void);

/* ns since some instant in the past; never jumps, never goes back. */
int64_t clock_monotonic_ns(void);

/* Processor time that the whole process has used, in ns. */
int64_t clock_cpu_ns(void);

/* Sleeps until clock_monotonic_ns() has reached `instant_ns`; at once if it has. */
void clock_sleep_until(int64_t instant_ns);

#endif
