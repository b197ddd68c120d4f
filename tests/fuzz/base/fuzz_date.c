/* Any text as a rule for a date: refused, or written as a text that is read as the same, with a day of
 * every year. */
#include "base/date.h"
#include "base/instant.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct date_rule r, again;
    char written[DATE_RULE_TEXT];
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    if (!date_rule_read(text, &r)) {
        date_rule_write(&r, written);
        if (date_rule_read(written, &again) || memcmp(&r, &again, sizeof r) != 0)
            abort();
        for (int year = DATE_YEAR_MIN; year <= DATE_YEAR_MAX; year += 7) {
            int64_t day, first = days_from_civil(year, 1, 1);
            if (!date_rule_day(&r, year, &day) || day < first - 7 || day > first + 372)
                abort();
        }
    }
    free(text);
    return 0;
}
