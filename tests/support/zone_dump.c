/* Answers about zones of the machine's database, for tests in Python. From standard input, a line each:
 *   Z name         choose a zone: prints "ok", or the fault
 *   U second       UTC: prints offset, letters, second of the next change (0: none)
 *   L second       local time: prints 0 once, 1 twice or 2 skipped, and both UTC seconds */
#include "port/zone_file.h"

#include <inttypes.h>
#include <stdio.h>

static struct zone zone;

static void answer(char what, int64_t second)
{
    if (what == 'U') {
        struct zone_period p;
        zone_at(&zone, second, &p);
        printf("%d %s %" PRId64 "\n", p.type->offset_s, p.type->letters,
               p.until_s == INT64_MAX ? 0 : p.until_s);
    } else {
        int64_t first, last;
        enum zone_times times = zone_utc(&zone, second, &first, &last);
        printf("%d %" PRId64 " %" PRId64 "\n", (int)times, first, last);
    }
}

int main(void)
{
    char line[256], name[200];
    int64_t second;
    struct fault fault;
    zone_init_utc(&zone);
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "Z %199s", name) == 1)
            puts(zone_load(name, &zone, &fault) == ERR_OK ? "ok" : fault.text);
        else if (sscanf(line + 1, "%" SCNd64, &second) == 1)
            answer(line[0], second);
    }
    return 0;
}
