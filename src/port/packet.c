#include "port/packet.h"

#include "port/clock.h"

#ifdef __linux__

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* 8 MiB hold 3 s of the densest stream (14400 frames of 130 bytes a second), or 0.4 s of a saturated
 * 100 Mbit/s line. A block is handed over when it is full or BLOCK_WAIT_MS old. */
#define BLOCK_BYTES   (256u * 1024)
#define BLOCKS        32u
#define BLOCK_WAIT_MS 10u

struct packet_socket {
    int fd;
    char interface[IF_NAMESIZE];
    uint8_t *ring;
    unsigned block; /* being read, or waited for */
    unsigned left;  /* packets of it that were not given yet */
    const struct tpacket3_hdr *next;
    bool held; /* the block is ours; back to the kernel when its packets are read */
    uint64_t dropped;
};

static enum err refuse(const char *interface, const char *what, struct fault *fault)
{
    int cause = errno;
    if (cause == EPERM || cause == EACCES)
        return fault_set(
            fault, ERR_SYSTEM,
            "%s: reading raw Ethernet frames needs the right CAP_NET_RAW (run as root, or "
            "once: setcap cap_net_raw+ep on the program)",
            interface);
    return fault_set(fault, ERR_SYSTEM, "%s: %s: %s", interface, what, strerror(cause));
}

static enum err set_up_ring(struct packet_socket *s, struct fault *fault)
{
    int version = TPACKET_V3;
    struct tpacket_req3 request = {
        .tp_block_size = BLOCK_BYTES,
        .tp_block_nr = BLOCKS,
        .tp_frame_size = 2048, /* no limit in this version, but it must divide */
        .tp_frame_nr = BLOCKS * (BLOCK_BYTES / 2048),
        .tp_retire_blk_tov = BLOCK_WAIT_MS,
    };
    if (setsockopt(s->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
        setsockopt(s->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0)
        return refuse(s->interface, "the kernel gives no packet ring", fault);
    void *ring =
        mmap(NULL, (size_t)BLOCK_BYTES * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
    if (ring == MAP_FAILED)
        return refuse(s->interface, "the packet ring cannot be mapped", fault);
    s->ring = ring;
    return ERR_OK;
}

/* The kernel hands over what arrives with this ethertype; it has taken the outer VLAN tag off, and
 * another one or the tag of a redundant ring (HSR) may stand before it. Listening to the ethertype alone
 * would miss those. */
static enum err filter(struct packet_socket *s, uint16_t ethertype, struct fault *fault)
{
    const uint32_t about = (uint32_t)SKF_AD_OFF;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, about + SKF_AD_PKTTYPE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 10, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, about + SKF_AD_PROTOCOL),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ethertype, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021AD, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_HSR, 2, 5),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 16),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ethertype, 2, 3),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 18),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ethertype, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* all of it */
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
        return refuse(s->interface, "the kernel takes no packet filter", fault);
    return ERR_OK;
}

static enum err bind_to(struct packet_socket *s, struct fault *fault)
{
    struct ifreq request = {0};
    memcpy(request.ifr_name, s->interface, sizeof request.ifr_name);
    if (ioctl(s->fd, SIOCGIFINDEX, &request) != 0)
        return fault_set(fault, ERR_USAGE, "%s: there is no such network interface", s->interface);
    int index = request.ifr_ifindex;
    /* frames on a loopback have Ethernet's shape */
    if (ioctl(s->fd, SIOCGIFHWADDR, &request) == 0 &&
        request.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
        request.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
        return fault_set(fault, ERR_USAGE, "%s: this network interface is no Ethernet",
                         s->interface);
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = index,
    };
    if (bind(s->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return refuse(s->interface, "cannot be listened to", fault);
    struct packet_mreq groups = {.mr_ifindex = index, .mr_type = PACKET_MR_ALLMULTI};
    if (setsockopt(s->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &groups, sizeof groups) != 0)
        return refuse(s->interface, "does not take multicast frames", fault);
    return ERR_OK;
}

enum err packet_open(const char *interface, uint16_t ethertype, struct packet_socket **socket_out,
                     struct fault *fault)
{
    *socket_out = NULL;
    if (strlen(interface) >= IF_NAMESIZE)
        return fault_set(fault, ERR_USAGE, "%s: there is no such network interface", interface);
    struct packet_socket *s = calloc(1, sizeof *s);
    if (!s)
        return fault_set(fault, ERR_MEMORY, "%s: out of memory", interface);
    strcpy(s->interface, interface);
    /* protocol 0: nothing arrives before it is bound */
    s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    enum err err = s->fd < 0 ? refuse(interface, "no packet socket", fault) : ERR_OK;
    if (!err)
        err = set_up_ring(s, fault);
    if (!err)
        err = filter(s, ethertype, fault);
    if (!err)
        err = bind_to(s, fault);
    if (err) {
        packet_close(s);
        return err;
    }
    *socket_out = s;
    return ERR_OK;
}

void packet_close(struct packet_socket *s)
{
    if (!s)
        return;
    if (s->ring)
        munmap(s->ring, (size_t)BLOCK_BYTES * BLOCKS);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

static struct tpacket_block_desc *block_of(const struct packet_socket *s)
{
    return (struct tpacket_block_desc *)(void *)(s->ring + (size_t)s->block * BLOCK_BYTES);
}

/* Takes the next block if the kernel has handed it over. */
static bool take_block(struct packet_socket *s)
{
    struct tpacket_block_desc *b = block_of(s);
    if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
        return false;
    s->held = true;
    s->left = b->hdr.bh1.num_pkts;
    s->next = (const void *)((const uint8_t *)b + b->hdr.bh1.offset_to_first_pkt);
    return true;
}

static void give_back(struct packet_socket *s)
{
    __atomic_store_n(&block_of(s)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    s->block = (s->block + 1) % BLOCKS;
    s->held = false;
}

/* Waits for a block. The interface going down is an error of the socket once; it comes back by itself,
 * unless it was removed. */
static enum err wait_for_block(struct packet_socket *s, int64_t deadline_ns, struct fault *fault)
{
    int64_t left_ns = deadline_ns - clock_monotonic_ns();
    if (left_ns <= 0)
        return ERR_AGAIN;
    struct timespec left = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    int n = ppoll(&p, 1, &left, NULL);
    if (n < 0 && errno != EINTR)
        return refuse(s->interface, "cannot be waited for", fault);
    if (n == 0)
        return ERR_AGAIN;
    if (n > 0 && p.revents & (POLLERR | POLLHUP | POLLNVAL)) {
        int cause = 0;
        socklen_t size = sizeof cause;
        getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &cause, &size);
        if (if_nametoindex(s->interface) == 0)
            return fault_set(fault, ERR_SYSTEM, "%s: the network interface is gone", s->interface);
        if (cause != 0 && cause != ENETDOWN) {
            errno = cause;
            return refuse(s->interface, "cannot be read", fault);
        }
    }
    return ERR_OK;
}

enum err packet_read(struct packet_socket *s, int64_t deadline_ns, struct packet *packet,
                     struct fault *fault)
{
    while (s->left == 0) {
        if (s->held)
            give_back(s);
        if (take_block(s))
            continue;
        enum err err = wait_for_block(s, deadline_ns, fault);
        if (err)
            return err;
    }
    const struct tpacket3_hdr *h = s->next;
    *packet = (struct packet){
        .bytes = (const uint8_t *)h + h->tp_mac,
        .size = h->tp_snaplen,
        .wire_size = h->tp_len,
        .time_ns = (int64_t)h->tp_sec * 1000000000 + h->tp_nsec,
    };
    s->next = (const void *)((const uint8_t *)h + h->tp_next_offset);
    s->left--;
    return ERR_OK;
}

uint64_t packet_dropped(struct packet_socket *s)
{
    struct tpacket_stats_v3 since = {0}; /* asking sets the kernel's count to 0 */
    socklen_t size = sizeof since;
    if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0)
        s->dropped += since.tp_drops;
    return s->dropped;
}

#else

enum err packet_open(const char *interface, uint16_t ethertype, struct packet_socket **socket,
                     struct fault *fault)
{
    (void)ethertype;
    *socket = NULL;
    return fault_set(fault, ERR_UNSUPPORTED, "%s: raw Ethernet frames are read on Linux only",
                     interface);
}

enum err packet_read(struct packet_socket *s, int64_t deadline_ns, struct packet *packet,
                     struct fault *fault)
{
    (void)s, (void)deadline_ns, (void)packet;
    return fault_set(fault, ERR_UNSUPPORTED, "raw Ethernet frames are read on Linux only");
}

uint64_t packet_dropped(struct packet_socket *s)
{
    (void)s;
    return 0;
}

void packet_close(struct packet_socket *s)
{
    (void)s;
}

#endif
