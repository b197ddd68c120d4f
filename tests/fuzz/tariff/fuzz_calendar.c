/* Any text as the clock and tariff of an installation: faults, or a calendar that has a rate for every instant, that
 * changes when it says, and whose book adds up. */
#include "tariff/book.h"
#include "tariff/year.h"
#include "tariff_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;
static struct config_faults faults;
static struct zone zone;
static struct tariff tariff;
static struct tariff_book book;

static void ask(int64_t at)
{
    struct tariff_moment m, last, then;
    tariff_calendar_at(&tariff.calendar, at, &m);
    if (m.rate < 1 || m.rate > config.tariff.rate_count || m.until_ns <= at)
        abort();
    tariff_calendar_at(&tariff.calendar, m.until_ns - 1, &last);
    if (last.rate != m.rate)
        abort();
    if (m.until_ns <
        at + INT64_C(3000) * 86400 * NS_PER_S) { /* else it only was looked for so far */
        tariff_calendar_at(&tariff.calendar, m.until_ns, &then);
        if (then.rate == m.rate)
            abort();
    }
}

static void count(int64_t from, int64_t to)
{
    uint64_t energy[ENERGY_KINDS] = {1000001, 7}, sum = 0;
    tariff_book_init(&book);
    tariff_book_energy(&book, &tariff, from, to, energy);
    for (unsigned n = 0; n < TARIFFS_MAX; n++)
        sum += book.total_mj[n][0];
    if (sum != energy[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text;
    text_init(&text, 1 << 20);
    text_puts(&text, "busbar: 1\ndevices: [{profile: U-30}]\n");
    text_add(&text, (const char *)data, size);
    enum err err = config_parse(text.bytes, text.length, "fuzz", &config, &faults);
    zone_init_utc(&zone);
    zone_future_parse(size % 2 ? PARIS : LORD_HOWE, &zone.future);
    if (!err && config.tariff.season_count > 0) {
        tariff_init(&tariff, &config.tariff, &zone);
        int64_t at = at_utc(2024, 1, 1, 0, 0);
        for (int i = 0; i < 60; i++)
            ask(at + i * 41 * 86400 * NS_PER_S + i * 12345678901);
        ask(at_utc(1970, 1, 1, 0, 0));
        ask(at_utc(2100, 1, 1, 0, 0));
        count(at, at + 3 * 86400 * NS_PER_S + 1);
        text_clear(&text);
        tariff_year_page(&tariff.calendar, "Fuzz", 2024 + (int)(size % 30), &text);
    }
    text_free(&text);
    return 0;
}
