#include "wave/role.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const names[ROLE_COUNT] = {
#define X(name) #name,
    WAVE_ROLE_LIST(X)
#undef X
        "other",
};

const char *wave_role_name(enum wave_role role)
{
    return names[role];
}

bool wave_role_is_voltage(enum wave_role role)
{
    return role <= ROLE_U31;
}

bool wave_role_is_current(enum wave_role role)
{
    return role >= ROLE_I1 && role <= ROLE_IPE;
}

bool wave_place_parse(const char *text, size_t length, struct wave_place *place)
{
    unsigned circuit = 0;
    size_t i = 0;
    while (i < length && text[i] >= '0' && text[i] <= '9' && circuit <= WAVE_CIRCUITS_MAX)
        circuit = circuit * 10 + (unsigned)(text[i++] - '0');
    if (i > 0) {
        if (i >= length || text[i] != ':' || circuit < 1 || circuit > WAVE_CIRCUITS_MAX)
            return false;
        i++;
    } else {
        circuit = 1;
    }
    if (i == 0 && length == 1 && text[0] == '-') {
        *place = (struct wave_place){ROLE_OTHER, 0};
        return true;
    }
    for (int role = 0; role < ROLE_OTHER; role++)
        if (strlen(names[role]) == length - i &&
            strncasecmp(names[role], text + i, length - i) == 0) {
            *place = (struct wave_place){(enum wave_role)role, circuit};
            return true;
        }
    return false;
}

void wave_place_format(struct wave_place place, char text[WAVE_PLACE_TEXT])
{
    if (place.role == ROLE_OTHER || place.circuit <= 1)
        snprintf(text, WAVE_PLACE_TEXT, "%s", names[place.role]);
    else
        snprintf(text, WAVE_PLACE_TEXT, "%u:%s", place.circuit, names[place.role]);
}
