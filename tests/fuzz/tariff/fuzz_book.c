/* Any bytes as a tariff book: refused, or a book that is written as the same bytes and can be booked in. The checksum
 * is put right first, or hardly anything would pass. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "tariff/book.h"
#include "tariff_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t bytes[TARIFF_BOOK_BYTES], again[TARIFF_BOOK_BYTES];
static struct tariff_book book;
static struct tariff_case *house;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault;
    const uint64_t energy[ENERGY_KINDS] = {5, 4, 3};
    if (!house)
        house = tariff_case_new("tariff: {source: communication, tariffs: 8}", PARIS);
    if (tariff_book_decode(&book, data, size, &fault) != ERR_OK && !fault.text[0])
        abort();
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, data, size < sizeof bytes ? size : sizeof bytes);
    memcpy(bytes, "TBOK\1\0\0\0", 8);
    memset(bytes + 12, 0, 4);
    put_le32(bytes + 8, crc32_of(0, bytes + 16, sizeof bytes - 16));
    if (tariff_book_decode(&book, bytes, sizeof bytes, &fault) != ERR_OK)
        abort();
    tariff_book_encode(&book, again);
    if (memcmp(bytes, again, sizeof bytes) != 0)
        abort();
    int64_t at = size >= 24 ? (int64_t)get_le64(bytes + 16) : 0;
    int64_t step = INT64_C(90) * 86400 * NS_PER_S;
    tariff_book_energy(&book, &house->tariff, at, at < INT64_MAX - step ? at + step : at, energy);
    return 0;
}
