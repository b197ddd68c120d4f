/* What a channel of samples stands for: V1, U12, IN ... and to which circuit it belongs. */
#ifndef WAVE_ROLE_H
#define WAVE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#define WAVE_ROLE_LIST(X) \
    X(V1) X(V2) X(V3) X(VN) X(U12) X(U23) X(U31) X(I1) X(I2) X(I3) X(IN) X(ID) X(IPE)

enum wave_role {
#define X(name) ROLE_##name,
    WAVE_ROLE_LIST(X)
#undef X
        ROLE_OTHER, /* listed, not metered */
    ROLE_COUNT
};

struct wave_place {
    enum wave_role role;
    unsigned circuit; /* from 1; 0 with ROLE_OTHER */
};

#define WAVE_CIRCUITS_MAX 256 /* more than the inputs of a full bus of 32 modules with 6 each */
#define WAVE_PLACE_TEXT   16

/* "V1", "other"; never NULL. */
const char *wave_role_name(enum wave_role role);
bool wave_role_is_voltage(enum wave_role role);
bool wave_role_is_current(enum wave_role role);

/* Reads "V1", "2:I1", "-" (other). `length` bytes; letter case does not matter. False: no such role. */
bool wave_place_parse(const char *text, size_t length, struct wave_place *place);

/* "V1" of circuit 1, "2:V1" of circuit 2, "other". */
void wave_place_format(struct wave_place place, char text[WAVE_PLACE_TEXT]);

#endif
