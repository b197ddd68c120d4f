#include "protocol/modbus/image.h"

#include "protocol/modbus/encode.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define NOT_MEASURED UINT_MAX

/* One block of one device, or of one of its loads. */
struct page {
    uint8_t *bytes;
    const struct plant_load *load; /* NULL: not a load's, or its place is free */
    unsigned point;                /* row of the table; NOT_MEASURED: the page never changes */
    bool made;
    uint64_t version; /* of the row when `bytes` were made */
};

struct image {
    const struct plant *plant;
    const struct table *table;
    uint8_t *bytes;
    struct page *pages;
    uint32_t *first; /* [device][block]: its first page */
};

static unsigned point_of(const struct register_block *block, const struct plant_load *load)
{
    if (block->scope == BLOCK_LOAD && load)
        return load->point;
    return block->scope == BLOCK_NETWORK ? 0 : NOT_MEASURED;
}

/* Lays out the pages of a device from `page` on, their bytes from `byte` on; both NULL: only counts. */
static void lay_out(const struct plant_device *device, uint32_t *first, struct page *pages,
                    uint8_t *bytes, size_t *page, size_t *byte)
{
    for (size_t b = 0; b < register_block_count; b++) {
        const struct register_block *block = &register_blocks[b];
        if (first)
            first[b] = (uint32_t)*page;
        for (unsigned n = 0; n < register_block_times(block, device->profile); n++) {
            bool load = block->scope == BLOCK_LOAD && n < device->load_count;
            if (pages) {
                struct page *p = &pages[*page];
                p->bytes = bytes + *byte;
                p->load = load ? &device->load[n] : NULL;
                p->point = point_of(block, p->load);
            }
            *page += 1;
            *byte += 2u * block->words;
        }
    }
}

struct image *image_new(const struct plant *plant, const struct table *table)
{
    size_t pages = 0, bytes = 0;
    for (unsigned d = 0; d < plant->device_count; d++)
        lay_out(&plant->device[d], NULL, NULL, NULL, &pages, &bytes);
    struct image *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    *i = (struct image){
        .plant = plant,
        .table = table,
        .bytes = malloc(bytes + 1), /* never of size 0 */
        .pages = calloc(pages + 1, sizeof *i->pages),
        .first = calloc(plant->device_count * register_block_count + 1, sizeof *i->first)};
    if (!i->bytes || !i->pages || !i->first) {
        image_free(i);
        return NULL;
    }
    pages = bytes = 0;
    for (unsigned d = 0; d < plant->device_count; d++)
        lay_out(&plant->device[d], i->first + d * register_block_count, i->pages, i->bytes, &pages,
                &bytes);
    return i;
}

void image_free(struct image *i)
{
    if (!i)
        return;
    free(i->bytes);
    free(i->pages);
    free(i->first);
    free(i);
}

static void encode_page(const struct image *i, const struct plant_device *device,
                        const struct register_block *block, struct page *page)
{
    struct register_scene scene; /* not cleared: the window is large, and `state` guards it */
    scene.plant = i->plant;
    scene.device = device;
    scene.load = page->load;
    scene.table = i->table;
    scene.point = page->point;
    scene.state = page->point == NOT_MEASURED ? WINDOW_NONE : WINDOW_UNREAD;
    memset(page->bytes, 0, 2u * block->words); /* reserved words */
    for (size_t r = register_row_from(block->first); r < register_row_count; r++) {
        const struct register_row *row = &register_rows[r];
        struct register_value value;
        if (row->address >= block->first + block->words)
            break;
        bool offered = (device->profile->features & row->needs) == row->needs;
        bool available = offered && row->read(&scene, row, &value);
        register_encode(row, available ? &value : NULL,
                        page->bytes + 2 * (row->address - block->first));
    }
}

/* The version is asked for before the window is read: if the writer comes between, the page is made
 * anew the next time, never kept too long. */
static void refresh(const struct image *i, const struct plant_device *device,
                    const struct register_block *block, struct page *page)
{
    bool measured = i->table && page->point < table_points(i->table);
    uint64_t version = measured ? table_version(i->table, page->point) : 0;
    if (page->made && page->version == version)
        return;
    encode_page(i, device, block, page);
    page->version = version;
    page->made = true;
}

enum pdu_exception image_read(struct image *i, const struct plant_device *device, uint16_t address,
                              uint16_t count, uint8_t *bytes)
{
    struct register_place place;
    if (!register_place_find(device->profile, address, &place) ||
        place.offset + count > place.block->words)
        return EXCEPTION_ADDRESS;
    size_t d = (size_t)(device - i->plant->device), b = (size_t)(place.block - register_blocks);
    struct page *page = &i->pages[i->first[d * register_block_count + b] + place.load];
    refresh(i, device, place.block, page);
    memcpy(bytes, page->bytes + 2u * place.offset, 2u * count);
    return EXCEPTION_NONE;
}
