/* Sampled values live from an Ethernet interface. Opening listens until it knows the stream and its
 * rate; what came meanwhile is kept and read first, so that no sample is lost. */
#include "base/instant.h"
#include "port/clock.h"
#include "port/packet.h"
#include "source/sv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define READ_WAIT_NS  (NS_PER_S / 5) /* source.h promises no more */
#define FIRST_WAIT_NS NS_PER_S       /* for the first frame of the stream */
#define RATE_WAIT_NS \
    (NS_PER_S * 22 / 10) /* for a second of it, or two wraps where one is unclear */
#define WAITING_MAX   ((size_t)16 << 20)
#define BLOCK_S       0.02
#define SLEW          100e-6   /* how fast the start of blocks follows the capture clock */
#define DELAY_BLOCKS  64       /* the least delay among so many blocks is the clocks' difference */
#define CLOCK_STEP_NS NS_PER_S /* a larger difference is a step, not a drift */
#define LOOK_EVERY    64       /* packets between two looks at the clock */

/* Packets of the stream that came while its rate was not known yet. */
struct waiting {
    uint8_t *bytes; /* struct capture_packet and its bytes, one behind the other */
    size_t size, room, at;
};

struct sv_live {
    struct source source;
    struct packet_socket *socket;
    struct sv_reader reader;
    struct waiting waiting;
    struct notes notes;
    char *interface;
    uint64_t packet_number;
    int64_t deadline_ns;

    int64_t least_delay_ns; /* of the newest samples behind their place, among `delays` blocks */
    int64_t clock_error_ns; /* the last such, not yet slewed away */
    unsigned delays;
    bool started;
    uint64_t dropped; /* by the kernel, looked at as often */
};

static const struct source_driver driver;

static enum err take_packet(struct sv_live *l, struct capture_packet *to, struct fault *fault)
{
    struct packet p;
    /* the line may be busy with what is not asked for */
    if (l->packet_number % LOOK_EVERY == LOOK_EVERY - 1 && clock_monotonic_ns() >= l->deadline_ns)
        return ERR_AGAIN;
    enum err err = packet_read(l->socket, l->deadline_ns, &p, fault);
    if (err)
        return err;
    *to = (struct capture_packet){
        .number = ++l->packet_number,
        .has_time = true,
        .time_ns = p.time_ns,
        .link_type = CAPTURE_LINK_ETHERNET,
        .bytes = p.bytes,
        .size = p.size,
        .wire_size = p.wire_size,
    };
    return ERR_OK;
}

static bool keep(struct waiting *w, const struct capture_packet *p)
{
    size_t need = sizeof *p + p->size;
    if (w->size + need > w->room) {
        size_t room = w->room ? 2 * w->room : (size_t)1 << 18;
        if (room > WAITING_MAX || need > room / 2)
            return false;
        void *grown = realloc(w->bytes, room);
        if (!grown)
            return false;
        w->bytes = grown;
        w->room = room;
    }
    memcpy(w->bytes + w->size, p, sizeof *p);
    memcpy(w->bytes + w->size + sizeof *p, p->bytes, p->size);
    w->size += need;
    return true;
}

static void forget(struct waiting *w)
{
    free(w->bytes);
    *w = (struct waiting){0};
}

static enum err pull(void *context, struct capture_packet *packet, struct fault *fault)
{
    struct sv_live *l = context;
    struct waiting *w = &l->waiting;
    if (w->at < w->size) {
        memcpy(packet, w->bytes + w->at, sizeof *packet);
        packet->bytes = w->bytes + w->at + sizeof *packet;
        w->at += sizeof *packet + packet->size;
        return ERR_OK;
    }
    if (w->bytes)
        forget(w);
    return take_packet(l, packet, fault);
}

/* Listens until the stream and its rate are known, or time is up. */
static enum err listen_for(struct sv_live *l, struct sv_search *search, double given_hz,
                           struct fault *fault)
{
    l->deadline_ns = clock_monotonic_ns() + FIRST_WAIT_NS;
    for (;;) {
        bool had = search->found;
        struct capture_packet packet;
        enum err err = take_packet(l, &packet, fault);
        if (err == ERR_AGAIN)
            break;
        if (err)
            return err;
        if (!sv_search_push(search, &packet))
            continue;
        if (!keep(&l->waiting, &packet))
            break;
        if (!had)
            l->deadline_ns = clock_monotonic_ns() + RATE_WAIT_NS;
        if (given_hz > 0 || sv_rate_is_sure(&search->rate) || !search->is_readable)
            break;
    }
    if (search->found)
        return search->is_readable ? ERR_OK : sv_search_fault(search, l->interface, fault);
    struct fault detail;
    sv_search_fault(search, l->interface, &detail);
    if (search->counts.packets == 0)
        return fault_set(fault, ERR_AGAIN, "%s: no sampled values came within a second",
                         l->interface);
    return fault_set(fault, ERR_AGAIN, "%s", detail.text);
}

static enum err prepare(struct sv_live *l, const char *stream, const struct source_options *options,
                        struct fault *fault)
{
    struct sv_search *search = malloc(sizeof *search);
    if (!search)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", l->interface);
    enum err err = packet_open(l->interface, SV_ETHERTYPE, &l->socket, fault);
    sv_search_init(search, stream);
    if (!err)
        err = listen_for(l, search, options->rate_hz, fault);
    if (!err) {
        /* a block of about BLOCK_S, at whatever rate it will be */
        struct sv_clock clock = sv_rate_find(&search->rate, options->rate_hz);
        double frames = fmin(fmax(clock.rate_hz * BLOCK_S, 1), 4096);
        err = sv_reader_init(&l->reader, search, (uint32_t)frames, options, l->interface, fault);
        /* a stream that has just begun: it is too early to tell, not wrong */
        if (err == ERR_INPUT)
            err = fault_set(fault, ERR_AGAIN, "%s: too few samples came to tell their rate",
                            l->interface);
    }
    l->reader.pull = pull;
    l->reader.context = l;
    free(search);
    return err;
}

/* The merging unit's clock and this machine's run apart. The start of blocks follows the capture clock
 * slowly, by the least delay of many blocks: queues only ever make packets late. When this machine's
 * clock was set, time goes on from there with a new segment. */
static void follow_clock(struct sv_live *l, const struct wave_block *block)
{
    struct sv_reader *r = &l->reader;
    int64_t delay_ns = r->newest_ns - r->origin_ns - sv_reader_place_ns(r, r->sequence.tick);
    if (l->delays == 0 || delay_ns < l->least_delay_ns)
        l->least_delay_ns = delay_ns;
    if (++l->delays == DELAY_BLOCKS) {
        l->delays = 0;
        l->clock_error_ns = l->least_delay_ns;
        l->dropped = packet_dropped(l->socket);
    }
    int64_t step_ns = l->clock_error_ns;
    if (llabs(step_ns) > CLOCK_STEP_NS) {
        r->begin_next = true;
    } else {
        double most_ns = SLEW * block->frames / block->rate_hz * 1e9;
        step_ns = llround(fmax(-most_ns, fmin(most_ns, (double)step_ns)));
    }
    r->origin_ns += step_ns;
    l->clock_error_ns -= step_ns;
    l->least_delay_ns -= step_ns;
}

static void note_first(struct sv_live *l)
{
    const struct sv_counts *n = &l->reader.counts;
    const struct sv_sequence *q = &l->reader.sequence;
    const struct {
        uint64_t count;
        const char *text;
    } firsts[] = {
        {n->malformed, "frames of sampled values came that could not be read"},
        {n->other_asdus, "other streams on the line are not followed"},
        {l->dropped, "the system dropped frames that were not read in time"},
        {q->gaps, "samples were lost"},
        {q->repeated, "samples came twice and were dropped"},
        {q->late, "samples came too late and were dropped"},
        {q->jumps, "the sample counter was set anew"},
        {n->unsynchronised, "samples were taken without clock synchronisation (smpSynch 0)"},
        {n->invalid, "samples were marked invalid and are left out"},
        {n->questionable, "samples were marked questionable"},
        {n->clipped, "samples were marked as overflow or out of range"},
        {n->test, "samples were marked as test"},
        {n->simulated, "frames were marked as simulated"},
    };
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        if (firsts[i].count)
            notes_add(&l->notes, "%s", firsts[i].text);
    l->source.info.note_count = l->notes.count;
}

static enum err read_live(struct source *s, struct wave_block *block, struct fault *fault)
{
    struct sv_live *l = (struct sv_live *)s;
    l->deadline_ns = clock_monotonic_ns() + READ_WAIT_NS;
    enum err err = sv_reader_read(&l->reader, block, fault);
    if (err)
        return err;
    if (!l->started)
        s->info.start_ns = block->start_ns;
    l->started = true;
    follow_clock(l, block);
    note_first(l);
    return ERR_OK;
}

static void close_live(struct source *s)
{
    struct sv_live *l = (struct sv_live *)s;
    packet_close(l->socket);
    sv_reader_free(&l->reader);
    notes_free(&l->notes);
    forget(&l->waiting);
    free(l->interface);
    free(l);
}

static const struct source_driver driver = {
    .format = "sv",
    .help = "sampled values of IEC 61850-9-2LE and IEC 61869-9, live from an Ethernet interface",
    .read = read_live,
    .close = close_live,
};

enum err source_open_live(const char *interface, const char *stream,
                          const struct source_options *options, struct source **source,
                          struct fault *fault)
{
    static const struct source_options none = {0};
    struct sv_live *l = calloc(1, sizeof *l);
    *source = NULL;
    if (l)
        l->interface = strdup(interface);
    if (!l || !l->interface) {
        free(l);
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", interface);
    }
    l->source.driver = &driver;
    enum err err = prepare(l, stream, options ? options : &none, fault);
    if (err) {
        close_live(&l->source);
        return err;
    }
    struct source_info *info = &l->source.info;
    info->format = driver.format;
    info->live = true;
    info->has_date = true;
    info->start_ns = clock_utc_ns(); /* until the first block tells better */
    info->line_hz = l->reader.clock.line_hz;
    info->channel_count = l->reader.layout.channel_count;
    info->channels = l->reader.layout.channels;
    info->notes = (const char *const *)l->notes.items;
    *source = &l->source;
    return ERR_OK;
}

const struct sv_counts *sv_live_counts(struct source *s, uint64_t *dropped)
{
    struct sv_live *l = (struct sv_live *)s;
    if (dropped)
        *dropped = packet_dropped(l->socket);
    return &l->reader.counts;
}

const struct sv_sequence *sv_live_sequence(const struct source *s)
{
    return &((const struct sv_live *)s)->reader.sequence;
}
