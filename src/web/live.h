/* Live values over WebSockets: looks at the table several times a second, writes each new window of a point
 * once, and shares the text among all who want it. A client that has not read what it was sent before misses
 * windows and is told how many; nothing piles up. */
#ifndef WEB_LIVE_H
#define WEB_LIVE_H

#include "web/web.h"

struct live;

/* Borrows all that is given until live_stop. NULL without memory. The server's handler passes its WebSockets on
 * to the functions below. */
struct live *live_start(uv_loop_t *loop, const struct web_config *config, const struct plant *plant,
                        const struct table *table, const struct web_events *events);

/* The texts of messages are the server's. Call once, before the loop runs. */
void live_attach(struct live *l, struct http_server *http);

/* Frees it, once the loop has closed its timer. All its clients are gone by then. */
void live_stop(struct live *l);

/* False, with the status to refuse with and a sentence in `why`, if the request is no subscription. */
bool live_accepts(struct live *l, const struct http_request *r, int *status, char why[200]);

/* Of the http_handler; `opened` takes the subscription from the query. */
void *live_opened(struct live *l, struct http_socket *s, const struct http_request *r);
void live_message(void *client, const char *text, size_t length);
void live_closed(void *client);

/* How long ago the newest window of any point arrived; false if there was none yet. */
bool live_age_ms(const struct live *l, uint64_t *age_ms);

#endif
