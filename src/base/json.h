/* A JSON writer onto a text. What is wrong with the text (no room) shows in the text, at the end.
 *
 * Its functions are called json_put_..., because json_object and the like belong to the jansson library,
 * which reads JSON in the same program. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/text.h"

#define JSON_DEPTH_MAX 64

/* One value: objects need a key before each value, arrays none; what is begun is ended (asserts). */
struct json {
    struct text *out;
    uint64_t objects; /* bit n: level n is an object, not an array */
    int depth;
    int indent;     /* blanks per level; 0: all on one line */
    bool comma;     /* something stands before in this object or array */
    bool after_key; /* a value must follow */
};

/* Writes into `out` (not owned). Keys and strings are UTF-8, invalid bytes are replaced. */
void json_init(struct json *j, struct text *out, int indent);
void json_put_key(struct json *j, const char *key);
void json_put_object(struct json *j); /* begins; json_put_end_object ends */
void json_put_end_object(struct json *j);
void json_put_array(struct json *j);
void json_put_end_array(struct json *j);
void json_put_string(struct json *j, const char *string);
void json_put_number(struct json *j, double value);                          /* not finite: null */
void json_put_number_rounded(struct json *j, double value, int significant); /* digits, 1 to 17 */
void json_put_integer(struct json *j, int64_t value);
void json_put_bool(struct json *j, bool value);
void json_put_null(struct json *j);
void json_put_written(struct json *j, const struct text *value); /* a value that is JSON already */

/* key and value at once */
void json_put_key_string(struct json *j, const char *key, const char *string);
void json_put_key_number(struct json *j, const char *key, double value);
void json_put_key_integer(struct json *j, const char *key, int64_t value);
void json_put_key_bool(struct json *j, const char *key, bool value);

#endif
