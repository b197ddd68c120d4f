/* The book as bytes: "TBOK", version (32 bits), CRC-32 of what follows, 4 bytes of zero, then the struct in its order, least
 * significant byte first. docs/format.md tells each byte. */
#include "tariff/book.h"

#include "base/bytes.h"
#include "base/crc32.h"

#include <assert.h>
#include <string.h>

static const uint8_t magic[4] = {'T', 'B', 'O', 'K'};

#define HEADER_BYTES 16

_Static_assert(TARIFF_BOOK_BYTES == 20384, "another size is another version (docs/format.md)");

/* One walk over the book serves both ways, so that they cannot differ. */
struct walk {
    bool reads;
    uint8_t *out;
    const uint8_t *in;
};

static void pass_u64(struct walk *w, uint64_t *value)
{
    if (w->reads) {
        *value = get_le64(w->in);
        w->in += 8;
    } else {
        put_le64(w->out, *value);
        w->out += 8;
    }
}

static void pass_i64(struct walk *w, int64_t *value)
{
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    pass_u64(w, &bits);
    memcpy(value, &bits, sizeof bits);
}

static void pass_double(struct walk *w, double *value)
{
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    pass_u64(w, &bits);
    memcpy(value, &bits, sizeof bits);
}

static void pass_page(struct walk *w, struct tariff_page *page)
{
    pass_i64(w, &page->from_ns);
    pass_i64(w, &page->to_ns);
    for (unsigned n = 0; n < TARIFFS_MAX; n++) {
        struct tariff_sum *sum = &page->tariff[n];
        for (unsigned r = 0; r < ENERGY_KINDS; r++)
            pass_u64(w, &sum->energy_mj[r]);
        for (unsigned k = 0; k < TARIFF_DEMANDS; k++) {
            pass_double(w, &sum->demand[k]);
            pass_i64(w, &sum->demand_ns[k]);
        }
    }
}

static void pass_book(struct walk *w, struct tariff_book *b)
{
    for (unsigned r = 0; r < ENERGY_KINDS; r++)
        pass_u64(w, &b->read_mj[r]);
    pass_i64(w, &b->read_ns);
    for (unsigned n = 0; n < TARIFFS_MAX; n++)
        for (unsigned r = 0; r < ENERGY_KINDS; r++)
            pass_u64(w, &b->total_mj[n][r]);
    for (unsigned kind = 0; kind < TARIFF_PERIODS; kind++)
        for (unsigned i = 0; i < TARIFF_PERIODS_KEPT; i++)
            pass_page(w, &b->page[kind][i]);
}

void tariff_book_encode(const struct tariff_book *b, uint8_t bytes[TARIFF_BOOK_BYTES])
{
    struct walk w = {.out = bytes + HEADER_BYTES};
    pass_book(&w, (struct tariff_book *)(uintptr_t)b); /* writing reads only */
    assert(w.out == bytes + TARIFF_BOOK_BYTES);
    memset(bytes, 0, HEADER_BYTES);
    memcpy(bytes, magic, sizeof magic);
    put_le32(bytes + 4, TARIFF_BOOK_VERSION);
    put_le32(bytes + 8, crc32_of(0, bytes + HEADER_BYTES, TARIFF_BOOK_BYTES - HEADER_BYTES));
}

enum err tariff_book_decode(struct tariff_book *b, const uint8_t *bytes, size_t size,
                            struct fault *fault)
{
    if (size < HEADER_BYTES || memcmp(bytes, magic, sizeof magic) != 0)
        return fault_set(fault, ERR_INPUT, "tariff book: byte 0: no header");
    uint32_t version = get_le32(bytes + 4);
    if (version > TARIFF_BOOK_VERSION)
        return fault_set(fault, ERR_UNSUPPORTED,
                         "tariff book: version %u was written by a newer busbar; this one knows %d",
                         (unsigned)version, TARIFF_BOOK_VERSION);
    if (version != TARIFF_BOOK_VERSION || size != TARIFF_BOOK_BYTES ||
        get_le32(bytes + 8) != crc32_of(0, bytes + HEADER_BYTES, size - HEADER_BYTES))
        return fault_set(fault, ERR_INPUT, "tariff book: damaged, its checksum does not fit");
    struct walk w = {.reads = true, .in = bytes + HEADER_BYTES};
    pass_book(&w, b);
    return ERR_OK;
}
