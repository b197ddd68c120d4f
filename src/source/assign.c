#include "source/assign.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PHASES 10 /* as many as enum assign_phase has */

struct member {
    char quantity; /* 'V', 'A', 0 */
    enum assign_phase phase;
    char tag[SOURCE_NAME_TEXT];
};

struct set {
    char quantity;
    int channel[PHASES]; /* -1: none */
    unsigned count;
    char tag[SOURCE_NAME_TEXT];
    unsigned circuit; /* 0: none */
};

struct work {
    struct member members[SOURCE_CHANNELS_MAX];
    struct set sets[SOURCE_CHANNELS_MAX];
    unsigned set_count;
};

/* --- tags: what channels of a set have in common ------------------------------------------------ */

static bool is_unit_word(const char *word)
{
    static const char *const units[] = {"v", "a", "u", "i", "kv", "ka", "mv", "ma", NULL};
    for (int i = 0; units[i]; i++)
        if (strcmp(word, units[i]) == 0)
            return true;
    return false;
}

/* Lower case, words joined by '_', without the bytes from begin to end and a unit as last word. */
static void make_tag(char *tag, const char *name, size_t begin, size_t end, bool digits)
{
    size_t n = 0;
    for (size_t i = 0; name[i]; i++) {
        char c = name[i];
        bool cut = i >= begin && i < end;
        if (cut || (c && strchr(" _-.:/[](){}", c)))
            c = '_';
        else if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        else if (c >= '0' && c <= '9' && !digits)
            c = '_';
        if (c != '_' || (n > 0 && tag[n - 1] != '_'))
            tag[n++] = c;
    }
    while (n > 0 && tag[n - 1] == '_')
        n--;
    tag[n] = '\0';
    char *last = strrchr(tag, '_');
    if (is_unit_word(last ? last + 1 : tag))
        *(last ? last : tag) = '\0';
}

/* The tag without its digits: "f5" and "f6" become one. */
static void drop_digits(char *tag)
{
    char copy[SOURCE_NAME_TEXT];
    memcpy(copy, tag, sizeof copy);
    make_tag(tag, copy, 0, 0, false);
}

static bool is_word_end(char c)
{
    return c == '\0' || c == ' ' || c == '_' || c == '-';
}

/* The name without its phase where only the phase field tells it: words that are equal to the field
 * ("SBUS A V-node"), or the last letter of a word ("FAULTA"). */
static void tag_by_field(char *tag, const char *name, const char *field)
{
    char rest[SOURCE_NAME_TEXT];
    size_t length = strlen(field), n = 0;
    bool found = false;
    assert(length > 0);
    for (size_t i = 0; name[i];) {
        bool starts = i == 0 || is_word_end(name[i - 1]);
        if (starts && strncmp(name + i, field, length) == 0 && is_word_end(name[i + length])) {
            i += length;
            found = true;
        } else {
            rest[n++] = name[i++];
        }
    }
    for (size_t i = 0; !found && i < n; i++)
        if (rest[i] == field[0] && length == 1 && is_word_end(i + 1 < n ? rest[i + 1] : '\0')) {
            rest[i] = ' ';
            found = true;
        }
    rest[n] = '\0';
    make_tag(tag, rest, 0, 0, true);
}

/* --- sets --------------------------------------------------------------------------------------- */

static char unit_letter(const struct source_channel *c)
{
    return strcmp(c->unit, "V") == 0 ? 'V' : strcmp(c->unit, "A") == 0 ? 'A' : c->unit[0] ? '-' : 0;
}

static unsigned read_members(struct work *w, const struct source_channel *channels,
                             const char *const *phases, unsigned count, const char *letters)
{
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++) {
        struct member *m = &w->members[i];
        char unit = unit_letter(&channels[i]);
        *m = (struct member){0};
        if (unit == '-')
            continue;
        struct assign_word word = assign_read_name(channels[i].name, unit, letters);
        if (word.quantity) {
            m->quantity = word.quantity;
            m->phase = word.phase;
            make_tag(m->tag, channels[i].name, word.begin, word.end, true);
        } else if (!word.not_a_line && unit && phases) {
            m->phase = assign_read_phase(phases[i], letters);
            m->quantity = m->phase ? unit : 0;
            if (m->phase)
                tag_by_field(m->tag, channels[i].name, phases[i]);
        }
        found += m->quantity && m->phase <= PHASE_3;
    }
    return found;
}

static struct set *find_set(struct work *w, const struct member *m)
{
    for (unsigned i = 0; i < w->set_count; i++) {
        struct set *s = &w->sets[i];
        if (s->quantity == m->quantity && s->channel[m->phase] < 0 && strcmp(s->tag, m->tag) == 0)
            return s;
    }
    return NULL;
}

static void put(struct work *w, const struct member *m, int channel)
{
    struct set *s = find_set(w, m);
    if (!s) {
        s = &w->sets[w->set_count++];
        *s = (struct set){.quantity = m->quantity};
        memcpy(s->tag, m->tag, sizeof s->tag);
        for (int p = 0; p < PHASES; p++)
            s->channel[p] = -1;
    }
    s->channel[m->phase] = channel;
    s->count++;
}

static int only_channel(const struct set *s)
{
    for (int p = 0; p < PHASES; p++)
        if (s->channel[p] >= 0)
            return s->channel[p];
    return -1;
}

static void drop_empty(struct work *w)
{
    unsigned n = 0;
    for (unsigned i = 0; i < w->set_count; i++)
        if (w->sets[i].count > 0)
            w->sets[n++] = w->sets[i];
    w->set_count = n;
}

/* Channels that are alone are put together again by their tags without digits (F5-VA, F6-VB). */
static void join_lonely(struct work *w, unsigned count)
{
    bool lonely[SOURCE_CHANNELS_MAX] = {false};
    for (unsigned i = 0; i < w->set_count; i++) {
        struct set *s = &w->sets[i];
        if (s->count == 1) {
            lonely[only_channel(s)] = true;
            s->count = 0;
        }
    }
    drop_empty(w);
    for (unsigned i = 0; i < count; i++)
        if (lonely[i]) {
            struct member m = w->members[i];
            drop_digits(m.tag);
            put(w, &m, (int)i);
        }
}

static unsigned lines_of(const struct set *s)
{
    unsigned n = 0;
    for (int p = PHASE_1; p <= PHASE_31; p++)
        n += p != PHASE_N && s->channel[p] >= 0;
    return n;
}

static bool has_earth(const struct set *s)
{
    return s->channel[PHASE_ID] >= 0 || s->channel[PHASE_PE] >= 0;
}

/* A set of one phase counts only if its quantity has no larger one. */
static void drop_doubtful(struct work *w)
{
    unsigned most_v = 0, most_a = 0;
    for (unsigned i = 0; i < w->set_count; i++) {
        unsigned n = lines_of(&w->sets[i]);
        unsigned *most = w->sets[i].quantity == 'V' ? &most_v : &most_a;
        *most = n > *most ? n : *most;
    }
    for (unsigned i = 0; i < w->set_count; i++) {
        struct set *s = &w->sets[i];
        unsigned n = lines_of(s), most = s->quantity == 'V' ? most_v : most_a;
        if ((n == 0 && !has_earth(s)) || (n == 1 && most > 1))
            s->count = 0;
    }
    drop_empty(w);
}

/* The order of sets is that of their first channels. */
static int by_channel(const void *a, const void *b)
{
    int lowest[2];
    const struct set *sets[2] = {a, b};
    for (int k = 0; k < 2; k++) {
        lowest[k] = SOURCE_CHANNELS_MAX;
        for (int p = 0; p < PHASES; p++)
            if (sets[k]->channel[p] >= 0 && sets[k]->channel[p] < lowest[k])
                lowest[k] = sets[k]->channel[p];
    }
    return lowest[0] - lowest[1];
}

/* --- circuits ----------------------------------------------------------------------------------- */

/* Whether `longer` is `shorter` and more words. */
static bool continues_words(const char *shorter, const char *longer)
{
    size_t n = strlen(shorter);
    return n >= 2 && strncmp(shorter, longer, n) == 0 && longer[n] == '_';
}

static bool is_free(const struct work *w, unsigned circuit)
{
    for (unsigned i = 0; i < w->set_count; i++)
        if (w->sets[i].quantity == 'A' && w->sets[i].circuit == circuit)
            return false;
    return true;
}

/* The circuit of voltages whose name fits best, 0 if none does. */
static unsigned circuit_by_name(const struct work *w, const struct set *current)
{
    unsigned best = 0;
    size_t best_length = 0;
    for (unsigned i = 0; i < w->set_count; i++) {
        const struct set *v = &w->sets[i];
        if (v->quantity != 'V' || !is_free(w, v->circuit))
            continue;
        if (strcmp(v->tag, current->tag) == 0)
            return v->circuit;
        bool fits = continues_words(v->tag, current->tag) || continues_words(current->tag, v->tag);
        if (fits && strlen(v->tag) > best_length) {
            best = v->circuit;
            best_length = strlen(v->tag);
        }
    }
    return best;
}

/* The `n`th (from 0) circuit of voltages that no currents have joined. */
static unsigned free_circuit(const struct work *w, unsigned n)
{
    for (unsigned i = 0; i < w->set_count; i++)
        if (w->sets[i].quantity == 'V' && is_free(w, w->sets[i].circuit) && n-- == 0)
            return w->sets[i].circuit;
    return 0;
}

static void number_circuits(struct work *w)
{
    unsigned voltages = 0, alone = 0, joined = 0;
    for (unsigned i = 0; i < w->set_count; i++)
        if (w->sets[i].quantity == 'V')
            w->sets[i].circuit = ++voltages;
    for (unsigned i = 0; i < w->set_count; i++)
        if (w->sets[i].quantity == 'A') {
            w->sets[i].circuit = circuit_by_name(w, &w->sets[i]);
            joined += w->sets[i].circuit != 0;
            alone += w->sets[i].circuit == 0;
        }
    bool in_order = alone == voltages - joined;
    bool common = !in_order && joined == 0 && voltages > 0;
    unsigned circuits = voltages;
    for (unsigned i = 0; i < w->set_count; i++) {
        struct set *s = &w->sets[i];
        if (s->quantity != 'A' || s->circuit != 0)
            continue;
        if (in_order || common)
            s->circuit = free_circuit(w, 0);
        else
            s->circuit = ++circuits;
        common = false;
    }
}

static enum wave_role role_of(char quantity, int phase)
{
    static const enum wave_role voltages[PHASES] = {
        [PHASE_NONE] = ROLE_OTHER, [PHASE_1] = ROLE_V1,   [PHASE_2] = ROLE_V2,
        [PHASE_3] = ROLE_V3,       [PHASE_N] = ROLE_VN,   [PHASE_12] = ROLE_U12,
        [PHASE_23] = ROLE_U23,     [PHASE_31] = ROLE_U31, [PHASE_ID] = ROLE_OTHER,
        [PHASE_PE] = ROLE_OTHER,
    };
    static const enum wave_role currents[PHASES] = {
        [PHASE_NONE] = ROLE_OTHER, [PHASE_1] = ROLE_I1,     [PHASE_2] = ROLE_I2,
        [PHASE_3] = ROLE_I3,       [PHASE_N] = ROLE_IN,     [PHASE_12] = ROLE_OTHER,
        [PHASE_23] = ROLE_OTHER,   [PHASE_31] = ROLE_OTHER, [PHASE_ID] = ROLE_ID,
        [PHASE_PE] = ROLE_IPE,
    };
    return quantity == 'V' ? voltages[phase] : currents[phase];
}

static void place(const struct work *w, struct source_channel *channels)
{
    for (unsigned i = 0; i < w->set_count; i++) {
        const struct set *s = &w->sets[i];
        for (int p = 0; p < PHASES && s->circuit <= WAVE_CIRCUITS_MAX; p++) {
            if (s->channel[p] < 0)
                continue;
            struct source_channel *c = &channels[s->channel[p]];
            c->place = (struct wave_place){role_of(s->quantity, p), s->circuit};
        }
    }
}

/* Names such as "2:V1" say all by themselves. True if there is one. */
static bool places_by_name(struct source_channel *channels, unsigned count)
{
    bool any = false;
    struct wave_place p;
    for (unsigned i = 0; i < count; i++)
        any = any || (strchr(channels[i].name, ':') &&
                      wave_place_parse(channels[i].name, strlen(channels[i].name), &p));
    for (unsigned i = 0; i < count && any; i++) {
        if (!wave_place_parse(channels[i].name, strlen(channels[i].name), &p))
            continue;
        for (unsigned k = 0; k < i; k++)
            if (channels[k].place.role == p.role && channels[k].place.circuit == p.circuit)
                p = (struct wave_place){ROLE_OTHER, 0};
        channels[i].place = p;
    }
    return any;
}

bool assign_roles(struct source_channel *channels, const char *const *phases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        channels[i].place = (struct wave_place){ROLE_OTHER, 0};
    if (places_by_name(channels, count))
        return true;
    struct work *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    if (read_members(w, channels, phases, count, "ABC") == 0)
        read_members(w, channels, phases, count, "RST");
    for (unsigned i = 0; i < count; i++)
        if (w->members[i].quantity)
            put(w, &w->members[i], (int)i);
    join_lonely(w, count);
    drop_doubtful(w);
    qsort(w->sets, w->set_count, sizeof w->sets[0], by_channel);
    number_circuits(w);
    place(w, channels);
    free(w);
    return true;
}
