/* What no single line can say: how the values of a file must fit each other. A rule looks only at values
 * that were read without a fault, so that one mistake is told once. */
#ifndef CONFIG_RULES_H
#define CONFIG_RULES_H

#include "config/reader.h"

/* Checks the whole draft; adds faults. Fills in what the file leaves to the program: addresses, names,
 * inputs and phases of sensors. */
void rules_apply(struct reader *r, struct draft *d);

/* The part about the loads of one device; `loads` is the list's node. */
void rules_apply_loads(struct reader *r, const struct plant_network *network, bool network_is_good,
                       struct draft_device *device, const yaml_node_t *loads);

/* The part about local time and tariffs; `root` is the file's node. */
void rules_apply_tariff(struct reader *r, struct draft *d, const yaml_node_t *root);

/* The sections of the lines that rules ask reader_is_good about; found by key from the file's section. */
const struct section *section_below(const struct section *s, const char *key);

#endif
