#include "source/unit.h"

#include <string.h>
#include <strings.h>

static bool same_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static bool base_unit(const char *text, size_t length, const char **si)
{
    static const struct {
        const char *word, *si;
    } words[] = {{"V", "V"},   {"volt", "V"}, {"volts", "V"},  {"A", "A"},
                 {"amp", "A"}, {"amps", "A"}, {"ampere", "A"}, {"amperes", "A"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (same_word(text, length, words[i].word)) {
            *si = words[i].si;
            return true;
        }
    return false;
}

/* A metric prefix at the start of the text: its length, or 0. Only of m and M does the case decide. */
static size_t prefix(const char *text, size_t length, double *factor)
{
    static const struct {
        const char *text;
        double factor;
    } prefixes[] = {{"kilo", 1e3},      {"milli", 1e-3},    {"mega", 1e6}, {"micro", 1e-6},
                    {"\xc2\xb5", 1e-6}, {"\xce\xbc", 1e-6}, {"k", 1e3},    {"K", 1e3},
                    {"m", 1e-3},        {"M", 1e6},         {"u", 1e-6}};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t n = strlen(prefixes[i].text);
        bool same = n >= 4 ? length >= n && strncasecmp(text, prefixes[i].text, n) == 0
                           : length >= n && memcmp(text, prefixes[i].text, n) == 0;
        if (same) {
            *factor = prefixes[i].factor;
            return n;
        }
    }
    return 0;
}

bool unit_read(const char *text, size_t length, const char **si, double *factor)
{
    while (length > 0 && *text == ' ') {
        text++;
        length--;
    }
    size_t word = 0;
    while (word < length && text[word] != ' ')
        word++;
    *factor = 1;
    if (base_unit(text, word, si))
        return true;
    size_t n = prefix(text, word, factor);
    return n > 0 && base_unit(text + n, word - n, si);
}
