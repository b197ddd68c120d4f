/* A file of energy registers as the program wrote it when the format was at version 1. */
#ifndef SUPPORT_ENERGY_VERSION_1_H
#define SUPPORT_ENERGY_VERSION_1_H

#include "store/energy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Its two records, after each of two writes: loads I35-0001/1 and @7/3. */
static const char energy_version_1_newer[] =
    "4242454e455247590100000002000000030000000000000002002a36fe9c97170900000068000000"
    "0000000000000000000000000000000029f3754c434fc6fb4933352d303030312f31000000000000"
    "000000000000000000000000000000000e943577000000001c286bee000000002abca06501000000"
    "3850d6dc0100000046e40b5402000000547841cb02000000620c77420300000070a0acb903000000"
    "7e34e2300400000040372f3300000000000000000000000000000000000000000000000000000000"
    "20000000000000102100000000000010220000000000001023000000000000102400000000000010"
    "2500000000000010260000000000001027000000000000102800000000000010";
static const char energy_version_1_older[] =
    "4242454e455247590100000002000000020000000000000001002a36fe9c97170900000068000000"
    "00000000000000000000000000000000047dc250862978b34933352d303030312f31000000000000"
    "0000000000000000000000000000000007ca9a3b000000000e94357700000000155ed0b200000000"
    "1c286bee0000000023f2052a010000002abca0650100000031863ba1010000003850d6dc01000000"
    "3f1a71180200000040372f3300000000000000000000000000000000000000000000000000000000"
    "10000000000000101100000000000010120000000000001013000000000000101400000000000010"
    "1500000000000010160000000000001017000000000000101800000000000010";

static inline void energy_version_1_bytes(uint8_t *to, const char *hex)
{
    for (; *hex; hex += 2)
        if (sscanf(hex, "%2hhx", to++) != 1)
            fail_msg("no hexadecimal: %s", hex);
}

/* Creates the file; with its newer record, or zeros in that place. */
static inline void energy_version_1_plant(const struct files *files, const char *path,
                                          bool newer_too)
{
    static uint8_t file[2 * 65536];
    int handle;
    memset(file, 0, sizeof file);
    if (newer_too)
        energy_version_1_bytes(file, energy_version_1_newer);
    energy_version_1_bytes(file + 65536, energy_version_1_older);
    assert_int_equal(files->open(files->self, path, true, &handle), 0);
    assert_int_equal(files->write(files->self, handle, file, sizeof file, 0), 0);
    assert_int_equal(files->sync(files->self, handle), 0);
    assert_int_equal(files->sync_folder(files->self, "d"), 0);
    files->close(files->self, handle);
}

/* What was written the n-th time is there; the phases' registers are 0. */
static inline void energy_version_1_expect(const struct energy_store *store, unsigned n)
{
    uint64_t found[ENERGY_REGISTERS];
    assert_true(energy_find(store, "I35-0001/1", found));
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
        assert_true(found[r] == (r < 9 ? UINT64_C(1000000007) * n * (r + 1) : 0));
    assert_true(energy_find(store, "@7/3", found));
    for (unsigned r = 0; r < ENERGY_REGISTERS; r++)
        assert_true(found[r] == (r < 9 ? (UINT64_C(1) << 60) + n * 16 + r : 0));
}

#endif
