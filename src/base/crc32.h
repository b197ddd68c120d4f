/* CRC-32 (IEEE 802.3, reflected, 0xEDB88320), as in zip and Ethernet. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Starts with `crc` 0; the result of one piece is the `crc` of the next. */
uint32_t crc32_of(uint32_t crc, const void *data, size_t bytes);

#endif
