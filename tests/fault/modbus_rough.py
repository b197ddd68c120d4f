"""Clients of Modbus TCP that do not behave: each gets what the specification says or a closed connection,
and the others do not notice."""
import random
import resource
import socket
import struct
import threading
import time

from modbus_house import House, ask, frame, is_closed, read_request, receive, receive_frame
from tap import finish, say

IDLE_MS, STALL_MS, CLIENTS = 2500, 700, 1100
GOOD = read_request(3, 18444, 6)
house = House(IDLE_MS, STALL_MS, CLIENTS)
with house.connect() as first:
    RIGHT = ask(first, GOOD)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))


def rss_kib():
    with open(f"/proc/{house.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


class Witness:
    """A client that behaves, asks all the time, and notes the longest wait."""

    def __init__(self):
        self.longest = 0.0
        self.wrong = self.asked = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        with house.connect() as s:
            while not self.over.wait(0.002):
                begun = time.monotonic()
                self.wrong += ask(s, GOOD) != RIGHT
                self.longest = max(self.longest, time.monotonic() - begun)
                self.asked += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def undisturbed(self):
        # Loopback answers take 0.1 ms. The limit leaves room for a busy machine, none for a stalled server.
        return self.asked > 5 and not self.wrong and self.longest < 0.2

    def __str__(self):
        return f"asked {self.asked}, wrong {self.wrong}, longest {1000 * self.longest:.1f} ms"


# Half a frame, and silence
with Witness() as witness, house.connect() as half:
    half.sendall(GOOD[:9])
    time.sleep(STALL_MS / 2000)
    half.setblocking(False)
    try:
        early = half.recv(1)
    except BlockingIOError:
        early = None
    closed = is_closed(half, STALL_MS / 1000 + 2)
say(early is None and closed, "half a frame is waited for, then the connection is closed")
say(witness.undisturbed(), "meanwhile another client is answered at once", [str(witness)])

# Byte by byte
with house.connect() as s:
    for byte in GOOD * 2:
        s.send(bytes([byte]))
        time.sleep(0.002)
    say(receive_frame(s)[2] == RIGHT and receive_frame(s)[2] == RIGHT, "frames that come byte by byte are answered")

# Several frames in one packet, cut anywhere
dice = random.Random(5)
with house.connect() as s:
    good = True
    for _ in range(100):
        numbers = [dice.randrange(65536) for _ in range(dice.randrange(1, 9))]
        data = b"".join(read_request(3, 18444, 6, n) for n in numbers)
        cut = dice.randrange(len(data))
        s.sendall(data[:cut])
        s.sendall(data[cut:])
        good = good and [receive_frame(s) for _ in numbers] == [(n, 3, RIGHT) for n in numbers]
    say(good, "several frames in one packet, cut anywhere, are answered in their order")

# Thousands at once
COUNT = 20000
with Witness() as witness, house.connect(30) as s:
    data = b"".join(read_request(3, 18444, 6, n & 0xFFFF) for n in range(COUNT))
    sender = threading.Thread(target=s.sendall, args=(data,))
    sender.start()
    good = all(receive_frame(s) == (n & 0xFFFF, 3, RIGHT) for n in range(COUNT))
    sender.join()
say(good, f"{COUNT} requests without waiting for an answer are all answered, in their order")
say(witness.undisturbed(), "meanwhile another client is answered at once", [str(witness)])

# A client that never reads
before = rss_kib()
with Witness() as witness:
    deaf = [house.connect() for _ in range(20)]
    sent = 0
    for s in deaf:
        s.setblocking(False)
        try:
            while True:
                sent += s.send(read_request(5, 19712, 109) * 200)
        except BlockingIOError:
            pass
    time.sleep(0.2)
    grown = rss_kib() - before
    time.sleep(STALL_MS / 1000 + 0.5)
    closed = all(is_closed(s, 0.5) for s in deaf)
say(grown < 20 * 64 and sent > 20 * 20000, f"20 clients that do not read their answers cost {grown} KiB")
say(closed, "they are closed")
say(witness.undisturbed(), "meanwhile another client is answered at once", [str(witness)])

# A slow reader is no deaf one
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    s.settimeout(10)
    s.connect(("127.0.0.1", house.port))
    wanted, size, total = 4000, 9 + 2 * 109, 0
    sender = threading.Thread(target=s.sendall, args=(read_request(5, 19712, 109) * wanted,))
    sender.start()
    begun = time.monotonic()
    while total < wanted * size:
        total += len(receive(s, min(8192, wanted * size - total)))
        time.sleep(0.02)
    sender.join()
    took = time.monotonic() - begun
    say(took > 2 * STALL_MS / 1000, f"a client that takes {took:.1f} s to read {total // 1024} KiB gets every answer")

# Bytes that are not Modbus
strangers = [b"GET / HTTP/1.1\r\nHost: meter\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0\1\0\1\0\6\3\3\0\0\0\1",
             struct.pack(">HHH", 1, 0, 0), struct.pack(">HHHB", 1, 0, 1, 3), struct.pack(">HHH", 1, 0, 255),
             struct.pack(">HHH", 1, 0, 0xFFFF)]
closed = []
for data in strangers:
    with house.connect() as s:
        s.sendall(data)
        closed.append(is_closed(s, STALL_MS / 2000))
say(all(closed), "other protocols and impossible lengths: the connection is closed at once", [str(closed)])
with house.connect() as s:
    s.sendall(GOOD + b"\0\1\0\1\0\6\3\3\0\0\0\1")
    say(receive_frame(s)[2] == RIGHT and is_closed(s, STALL_MS / 2000), "what was asked before is answered first")

# Every function, every length
with house.connect() as s:
    wrong = []
    for function in range(256):
        for body in (b"", b"\0", b"\x48\0\0\1", bytes(252)):
            pdu = ask(s, frame(bytes([function]) + body, 3))
            if function in (3, 4):
                expected = len(body) == 4 and pdu[0] == function or pdu == bytes([function | 0x80, 3])
            else:
                expected = pdu == bytes([function | 0x80, 1])
            if not expected:
                wrong.append(f"{function} with {len(body)} bytes: {pdu.hex()}")
    say(not wrong, "256 functions of every length: the specification's exceptions", wrong)

# Leaving in the middle
for how in ("close", "reset", "shutdown"):
    s = house.connect()
    s.sendall(GOOD * 50 + GOOD[:5])
    if how == "reset":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "shutdown":
        s.shutdown(socket.SHUT_WR)
        answers = [receive_frame(s)[2] for _ in range(50)]
        say(answers == [RIGHT] * 50 and is_closed(s), "a client that has said all it wants to gets its answers")
    s.close()

# Too many
crowd = [house.connect() for _ in range(CLIENTS)]
for s in crowd:
    ask(s, GOOD)
cost = rss_kib() - before
late = [house.connect() for _ in range(20)]
refused = sum(is_closed(s, 2) for s in late)
still = ask(crowd[0], GOOD) == RIGHT and ask(crowd[-1], GOOD) == RIGHT
say(refused == 20 and still, f"{CLIENTS} clients are served, those who come later are refused")
say(cost < 20 * 1024, f"{CLIENTS} connections cost {cost} KiB")
crowd.pop().close()
deadline = time.monotonic() + 5
answer = b""
while answer != RIGHT and time.monotonic() < deadline:
    with house.connect() as s:
        try:
            answer = ask(s, GOOD)
        except OSError:
            time.sleep(0.02)
say(answer == RIGHT, "when one leaves there is room for another")

# Silence
busy = crowd[0]
deadline = time.monotonic() + IDLE_MS / 1000 + 1.5
good = True
while time.monotonic() < deadline:
    good = good and ask(busy, GOOD) == RIGHT
    time.sleep(0.2)
say(good and all(is_closed(s, 1) for s in crowd[1:]), "who asks nothing for long is closed, who asks is not")
busy.close()

# Coming and going
before = rss_kib()
for _ in range(3000):
    with house.connect() as s:
        if dice.random() < 0.5:
            s.sendall(GOOD[:dice.randrange(len(GOOD))])
with house.connect() as s:
    good = ask(s, GOOD) == RIGHT
grown = rss_kib() - before
say(good and grown < 512, f"3000 visits leave {grown} KiB")

counters = house.close()
say(counters["clients"] <= 1 and counters["refused"] >= 20 and counters["bad"] == len(strangers) + 1
    and counters["stalled"] == 21 and counters["idle"] >= CLIENTS - 5, "all of it was counted", [str(counters)])
finish()
