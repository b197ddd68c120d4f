/* Which role a channel has, from its name, its phase and its unit, and to which circuit it belongs.
 *
 * A name tells a role by a word of quantity and phase: "VA", "Ub", "I1", "IL3", "In", "U12", "Vbc", "V_a"
 * ("F5-VA", "220kV_Ua", "Ia2"). Where no name of a channel does, its phase field and unit may. "3U0",
 * "I0", "Ux", "IG" are no phases; traces that were computed ("Vag Mag", "Angle", "U1_rms") and units
 * other than V and A are no samples of a line: other.
 *
 * Channels whose names are equal but for that word are a set of voltages or of currents. A set of
 * voltages makes a circuit, numbered in the order of the file. A set of currents joins the voltages of
 * the same name ("VA_GC1" and "IA_GC1"), or of a name that its own begins with ("Line7_Ua" and
 * "Line7_CB2_Ia"); what is left is paired in order if there are as many of each. If no name matches and
 * there are not as many, the voltages are common to all: the first set of currents joins circuit 1. Sets
 * of currents that are left have circuits of their own, behind those of the voltages. */
#ifndef SOURCE_ASSIGN_H
#define SOURCE_ASSIGN_H

#include "source/source.h"

/* Sets the place of each channel from its name and unit. `phases` are the phase fields (NULL: there are
 * none; an entry may be ""). False: out of memory. */
bool assign_roles(struct source_channel *channels, const char *const *phases, unsigned count);

/* --- parts, for tests ------------------------------------------------------------------------- */

enum assign_phase {
    PHASE_NONE,
    PHASE_1,
    PHASE_2,
    PHASE_3,
    PHASE_N,
    PHASE_12,
    PHASE_23,
    PHASE_31,
    PHASE_ID,
    PHASE_PE
};

struct assign_word {
    char quantity; /* 'V', 'A'; 0: nothing found */
    enum assign_phase phase;
    size_t begin, end; /* the word's place in the name */
    bool not_a_line;   /* the name says that it is no phase quantity ("3U0", "Mag") */
};

/* Finds the word in a name. `unit` is 'V', 'A', or 0 if not known. `letters` are the three that stand
 * for phases 1 2 3, "ABC" or "RST". */
struct assign_word assign_read_name(const char *name, char unit, const char *letters);

/* Reads a phase field: "A", "L1", "N", "V2". */
enum assign_phase assign_read_phase(const char *field, const char *letters);

#endif
