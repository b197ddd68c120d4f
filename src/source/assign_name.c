#include "source/assign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
    return c == ' ' || c == '_' || c == '-';
}

/* Letter `c` as a phase, with `letters` for 1 2 3. */
static enum assign_phase letter_phase(char c, const char *letters)
{
    const char *at = c ? strchr(letters, toupper((unsigned char)c)) : NULL;
    return at ? (enum assign_phase)(PHASE_1 + (at - letters)) : PHASE_NONE;
}

static enum assign_phase pair_phase(enum assign_phase a, enum assign_phase b)
{
    if (a == PHASE_1 && b == PHASE_2)
        return PHASE_12;
    if (a == PHASE_2 && b == PHASE_3)
        return PHASE_23;
    return a == PHASE_3 && b == PHASE_1 ? PHASE_31 : PHASE_NONE;
}

/* Reads "1", "L2", "12", "L1L2", "L1-L2" (4 is the neutral). Returns the place behind it. */
static const char *read_digits(const char *p, enum assign_phase *phase)
{
    const char *start = p;
    p += (*p == 'L' || *p == 'l') && is_digit(p[1]);
    if (*p < '1' || *p > '4')
        return start;
    enum assign_phase first = *p == '4' ? PHASE_N : (enum assign_phase)(PHASE_1 + (*p - '1'));
    *phase = first;
    p++;
    const char *q = p + (*p == '-');
    q += *q == 'L' || *q == 'l';
    if (*q >= '1' && *q <= '3' && (q == p || q[-1] != '-')) {
        *phase = pair_phase(first, (enum assign_phase)(PHASE_1 + (*q - '1')));
        p = q + 1;
    } else if ((*p == 'N' || *p == 'n') && first != PHASE_N) {
        p++; /* "L1N" */
    }
    return is_digit(*p) || is_letter(*p) ? start : p;
}

/* Reads "A", "bc", "N", "an", "ag", "pe". Returns the place behind it. */
static const char *read_letters(const char *p, const char *letters, enum assign_phase *phase)
{
    const char *start = p;
    if (strncasecmp(p, "pe", 2) == 0) {
        *phase = PHASE_PE;
        p += 2;
    } else if (*p == 'N' || *p == 'n') {
        *phase = PHASE_N;
        p++;
    } else {
        enum assign_phase first = letter_phase(*p, letters);
        if (first == PHASE_NONE)
            return start;
        enum assign_phase second = letter_phase(p[1], letters);
        *phase = second ? pair_phase(first, second) : first;
        bool to_neutral = p[1] && strchr("NnGg", p[1]);
        p += second || to_neutral ? 2 : 1;
    }
    return is_letter(*p) ? start : p;
}

static const char *read_phase(const char *p, const char *letters, enum assign_phase *phase)
{
    *phase = PHASE_NONE;
    const char *behind = read_digits(p, phase);
    if (behind == p)
        behind = read_letters(p, letters, phase);
    if (*phase == PHASE_NONE)
        return p;
    return behind;
}

/* The length of a word of quantity at `p` ("U", "current"), 0 if there is none. */
static size_t read_quantity(const char *p, char *quantity)
{
    if (strncasecmp(p, "voltage", 7) == 0 || strncasecmp(p, "current", 7) == 0) {
        *quantity = *p == 'v' || *p == 'V' ? 'V' : 'A';
        return 7;
    }
    if (*p && strchr("UVuv", *p)) {
        *quantity = 'V';
        return 1;
    }
    *quantity = 'A';
    return *p == 'I' || *p == 'i';
}

/* A word of quantity and phase that begins at `p`: the place behind it, or p. */
static const char *read_word(const char *name, const char *p, const char *letters, char *quantity,
                             enum assign_phase *phase)
{
    char before = p > name ? p[-1] : ' ';
    size_t n = read_quantity(p, quantity);
    if (n == 0 || is_letter(before))
        return p;
    if (p == name && p[n] == '\0') { /* "current" */
        *phase = PHASE_1;
        return p + n;
    }
    if (strcmp(p, "ID") == 0 && p == name) {
        *phase = PHASE_ID;
        return p + 2;
    }
    const char *end = read_phase(p + n, letters, phase);
    if (end == p + n && is_separator(p[n]) && !is_digit(before)) {
        end = read_phase(p + n + 1, letters, phase);
        if (end == p + n + 1 || is_digit(*end))
            return p;
    }
    bool small_word = n == 1 && islower((unsigned char)*p) && *phase == PHASE_N;
    if (end == p + n || (small_word && !(p == name && *end == '\0')))
        return p; /* "in" and "un" are words of their own */
    bool line = *phase >= PHASE_12 && *phase <= PHASE_31;
    bool earth = *phase == PHASE_ID || *phase == PHASE_PE;
    return (*quantity == 'A' && line) || (*quantity == 'V' && earth) ? p : end;
}

static bool is_word(const char *p, size_t length, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == length && strncasecmp(p, *words, length) == 0)
            return true;
    return false;
}

/* "3U0", "I0", "V_0", "Ux", "IG", "Mag", "rms" ... */
static bool says_not_a_line(const char *name)
{
    static const char *const computed[] = {"mag", "magnitude", "ang",       "angle",  "deg", "rms",
                                           "thd", "freq",      "frequency", "phasor", "avg", NULL};
    for (const char *p = name; *p;) {
        size_t n = 0;
        while (is_letter(p[n]))
            n++;
        if (n == 0) {
            p++;
            continue;
        }
        if (is_word(p, n, computed))
            return true;
        char quantity;
        const char *zero = p + 1 + (n == 1 && is_separator(p[1]));
        if (read_quantity(p, &quantity) == 1 &&
            ((n == 1 && *zero == '0' && !is_digit(zero[1])) ||
             (n == 2 && strchr("xXgGeEoO", p[1])) || (n == 2 && p[1] == 'd')))
            return true;
        p += n;
    }
    return false;
}

struct assign_word assign_read_name(const char *name, char unit, const char *letters)
{
    struct assign_word word = {.not_a_line = says_not_a_line(name)};
    if (word.not_a_line)
        return word;
    for (const char *p = name; *p; p++) {
        char quantity;
        enum assign_phase phase = PHASE_NONE;
        const char *end = read_word(name, p, letters, &quantity, &phase);
        if (end == p || (unit && unit != quantity))
            continue;
        word = (struct assign_word){quantity, phase, (size_t)(p - name), (size_t)(end - name),
                                    false}; /* the last one of several decides */
        p = end - 1;
    }
    return word;
}

enum assign_phase assign_read_phase(const char *field, const char *letters)
{
    enum assign_phase phase;
    char quantity;
    const char *p = field;
    if (read_quantity(p, &quantity) == 1 && p[1]) /* "V1", "IB" */
        p++;
    const char *end = read_phase(p, letters, &phase);
    return end != p && *end == '\0' && phase < PHASE_12 ? phase : PHASE_NONE;
}
