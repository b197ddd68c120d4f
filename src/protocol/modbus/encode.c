#include "protocol/modbus/encode.h"

#include <math.h>
#include <string.h>

/* Bits that hold the number: U8 uses half of its word. */
static unsigned number_bits(const struct register_row *row)
{
    return row->type == TYPE_U8 ? 8 : 16u * row->words;
}

static uint64_t all_bits(unsigned bits)
{
    return UINT64_MAX >> (64 - bits);
}

static uint64_t not_available(enum register_sign sign, unsigned bits)
{
    return sign == TYPE_SIGNED ? UINT64_C(1) << (bits - 1) : all_bits(bits);
}

static uint64_t limit_unsigned(double raw, unsigned bits)
{
    uint64_t most = all_bits(bits) - 1;
    if (!(raw > 0))
        return 0;
    return raw >= (double)most ? most : (uint64_t)raw;
}

static uint64_t limit_signed(double raw, unsigned bits)
{
    int64_t most = (int64_t)all_bits(bits - 1);
    int64_t number = raw >= (double)most ? most : raw <= -(double)most ? -most : (int64_t)raw;
    return (uint64_t)number & all_bits(bits);
}

static uint64_t raw_of(const struct register_row *row, const struct register_value *value)
{
    enum register_sign sign = register_type_info(row->type)->sign;
    unsigned bits = number_bits(row);
    if (!value || (value->kind == VALUE_NUMBER && !isfinite(value->number)))
        return not_available(sign, bits);
    if (value->kind == VALUE_RAW)
        return value->raw < all_bits(bits) ? value->raw : all_bits(bits) - 1;
    double raw = round(value->number * row->denominator / row->numerator);
    return sign == TYPE_SIGNED ? limit_signed(raw, bits) : limit_unsigned(raw, bits);
}

static void encode_text(const struct register_row *row, const char *text, uint8_t *bytes)
{
    memset(bytes, 0, 2u * row->words);
    if (row->type == TYPE_STRING_16)
        for (size_t i = 0; i < row->words && text[i]; i++)
            bytes[2 * i + 1] = (uint8_t)text[i];
    else
        memcpy(bytes, text, strnlen(text, 2u * row->words));
}

void register_encode(const struct register_row *row, const struct register_value *value,
                     uint8_t *bytes)
{
    if (register_type_info(row->type)->sign == TYPE_TEXT) {
        encode_text(row, value ? value->text : "", bytes);
        return;
    }
    uint64_t raw = raw_of(row, value);
    for (size_t i = 2u * row->words; i-- > 0; raw >>= 8)
        bytes[i] = (uint8_t)raw;
}
