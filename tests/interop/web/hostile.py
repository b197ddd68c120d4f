"""Clients that misbehave: slow, endless, malformed, too many. Whatever they do, the next one is served."""
import random
import socket
import time

from tap import finish, say
from web import SANITIZED, Server, WebSocket, drain, frame, handshake


def check(good, text, lines=()):
    say(good, text, [] if good else lines)


def expect(text, got, wanted):
    check(got == wanted, text, [f"got {got!r}", f"expected {wanted!r}"])


def status_of(answer):
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else answer


def alive(s, text):
    began = time.monotonic()
    status = s.ask("/api/v1/info")[0]
    took = time.monotonic() - began
    check(status == 200 and took < 1, f"{text}: the next client is served", [f"{status} after {took:.2f} s"])


HOST = b"Host: a\r\n"


def malformed(s):
    for text, data, status in (
            ("no HTTP", b"\x16\x03\x01\x00\xa5\x01\x00", 400), ("a word", b"hello\r\n\r\n", 400),
            ("HTTP/2 without asking", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("HTTP/3.0", b"GET / HTTP/3.0\r\n\r\n", 505),
            ("no Host", b"GET / HTTP/1.1\r\n\r\n", 400), ("two Hosts", b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n", 400),
            ("a path upwards", b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", 400),
            ("an encoded path upwards", b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", 400),
            ("a zero byte", b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
            ("a folded header", b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n", 400),
            ("two lengths", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
            ("a negative length", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", 400),
            ("chunks", b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            ("a long body", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999\r\n\r\n" + b"x" * 500000, 413),
            ("a long target", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
            ("long fields", b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"b" * 9000 + b"\r\n\r\n", 431),
            ("fields without end", b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 100000, 431),
            ("many fields", b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 100 + b"\r\n", 431),
            ("a strange expectation", b"GET / HTTP/1.1\r\n" + HOST + b"Expect: cake\r\n\r\n", 417)):
        answer = s.raw(data)
        good = status_of(answer) == status and b'{"error":{"code":' in answer and b"Connection: close" in answer
        check(good, f"{text} is {status}, as JSON, and the connection ends", [repr(answer[:300])])
    alive(s, "malformed requests")


def pipelined(s):
    one = b"GET /api/v1/devices/3 HTTP/1.1\r\n" + HOST + b"\r\n"
    answer = s.raw(one * 200 + b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n" + one)
    expect("pipelined requests are answered in order, up to the last one", answer.count(b"HTTP/1.1 200 OK"), 200)
    expect("and nothing behind it", answer.count(b"HTTP/1.1 "), 201)
    post = b"POST /api/v1/devices HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"
    answer = s.raw(post * 3 + one.replace(HOST, HOST + b"Connection: close\r\n"))
    expect("bodies are not taken for requests", (answer.count(b" 405 "), answer.count(b" 200 OK")), (3, 1))
    with s.connect() as half:
        half.sendall(one * 3)
        half.shutdown(socket.SHUT_WR)
        expect("who closes its half still gets its answers", drain(half).count(b"HTTP/1.1 200 OK"), 3)
    with s.connect() as bit:
        for byte in one.replace(HOST, HOST + b"Connection: close\r\n"):
            bit.sendall(bytes([byte]))
        expect("a request byte by byte", status_of(drain(bit)), 200)


def slow():
    with Server(head_ms=300, body_ms=300, idle_ms=300, send_ms=600) as s:
        for text, data, status in (("half a head", b"GET / HTTP/1.1\r\nHost", 408),
                                   ("half a body", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\nx", 408)):
            began = time.monotonic()
            answer = s.raw(data)
            check(status_of(answer) == status and time.monotonic() - began < 2, f"{text} is {status} after a moment",
                [repr(answer[:200])])
        with s.connect() as drop:
            began = time.monotonic()
            try:
                for _ in range(100):  # each byte in time, the head never
                    drop.sendall(b"G")
                    time.sleep(0.05)
            except OSError:
                pass
            check(time.monotonic() - began < 4, "a head that trickles in is not waited for")
        began = time.monotonic()
        with s.connect() as idle:
            check(drain(idle) == b"" and time.monotonic() - began < 2, "who says nothing is left")
        with s.connect() as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
            began = time.monotonic()
            drain(idle)
            check(0.2 < time.monotonic() - began < 2, "a connection that idles is closed")
        s.order("publish")
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", s.port))
            deaf.sendall((b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n") * 300)
            time.sleep(1.5)
            alive(s, "a client that does not read")
            expect("it is closed", s.metric("busbar_http_connections"), 1)
            _, _, answer = s.ask("/metrics")
            check(s.metric("busbar_http_queued_bytes") < 3 * len(answer), "what waited for it is freed")


def many():
    with Server(connections_max=64, peer_connections_max=64) as s:
        crowd = [s.connect() for _ in range(300)]
        for c in crowd[-100:]:
            try:
                c.sendall(b"GET / HTTP/1.1\r\nHost")  # and never the rest
            except OSError:
                pass
        alive(s, "300 slow connections")
        check(s.metric("busbar_http_connections") <= 65, "no more are open than are allowed")
        check(s.metric("busbar_http_evicted_total") >= 200, "who idled longest made room")
        for c in crowd:
            c.close()
        alive(s, "after they left")
    with Server(connections_max=8, peer_connections_max=8, sockets_max=8) as s:
        busy = [WebSocket(s) for _ in range(8)]
        answer = s.raw(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        expect("where all are at work a newcomer gets 503", status_of(answer), 503)
        check(b"Retry-After: 1" in answer and b'"code":"busy"' in answer, "with when to come back")
        for w in busy[:4]:
            w.socket.close()
        time.sleep(0.1)
        alive(s, "when some have gone")
        for w in busy:
            w.socket.close()
    with Server(sockets_max=2) as s:
        first, second, third = (WebSocket(s) for _ in range(3))
        expect("WebSockets have a limit of their own", (first.status, second.status, third.status), (101, 101, 503))


def bytes_that_wait():
    """Answers that nobody reads are limited together; and memory stays."""
    with Server(modules=10, auto_ms=200) as s:
        size = len(s.ask("/metrics")[2])
        before = s.rss_mib()
        deaf = []
        for _ in range(40):
            d = socket.socket()
            d.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            d.connect(("127.0.0.1", s.port))
            d.sendall((b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n") * 30)
            deaf.append(d)
        time.sleep(1)
        grown = s.rss_mib() - before
        check(grown < 16 or SANITIZED, f"40 clients that do not read their {30 * size // 1024} KiB cost little",
              [f"{grown:.1f} MiB"])
        alive(s, "while they do not read")
        for d in deaf:
            d.close()
        time.sleep(0.3)
        check(s.metric("busbar_http_queued_bytes") < 2 * size, "then all is as before")
    with Server(modules=10, text_bytes_max=100000) as s:
        s.order("publish")
        status, fields, body = s.ask("/metrics")
        expect("an answer beyond the limit is 503", (status, fields["retry-after"], b'"code":"busy"' in body), (503, "1", True))
        alive(s, "short of memory for answers")


def bad_frames(s):
    long = b'{"subscribe":[]}' + b" " * 17000
    for text, data, code in (("unmasked", b"\x81\x02hi", 1002), ("a reserved bit", b"\xc1\x80\0\0\0\0", 1002),
                             ("an unknown opcode", frame(b"x", 3), 1002), ("a stray continuation", frame(b"x", 0), 1002),
                             ("binary", frame(b"x", 2), 1003), ("not UTF-8", frame(b"\xff\xfe"), 1007),
                             ("a long message", frame(long), 1009), ("a long ping", frame(b"x" * 126, 9), 1002),
                             ("an endless frame", b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0", 1009),
                             ("a fragment without end", frame(b"x" * 9000, 1, False) + frame(b"x" * 9000, 0, False), 1009),
                             ("a bad close", frame(b"\x00\x01", 8), 1002)):
        with WebSocket(s) as w:
            w.socket.sendall(data)
            expect(f"{text}: closed with {code}", w.closed_with(), code)
    with WebSocket(s) as w:
        w.socket.sendall(frame(b"", 9) * 20000)
        alive(s, "20000 pings")
    alive(s, "bad frames")


def mutate(random_bytes, data):
    data = bytearray(data)
    for _ in range(random_bytes.choice([0, 1, 1, 2, 4])):
        if not data:
            break
        at = random_bytes.randrange(len(data))
        what = random_bytes.randrange(5)
        if what == 0:
            data[at] = random_bytes.randrange(256)
        elif what == 1:
            del data[at:at + random_bytes.randrange(1, 20)]
        elif what == 2:
            data[at:at] = data[at:at + random_bytes.randrange(40)] * random_bytes.randrange(1, 30)
        elif what == 3:
            data[at:at] = random_bytes.choice([b"\r\n", b" ", b":", b"%", b"\0", b"&", b"../", b"\n"])
        else:
            del data[at:]
    return bytes(data)


def noise(s, rounds=1500):
    """Requests and frames with random damage, several at a time, in pieces, and half of them cut off."""
    dice = random.Random(7)
    seeds = [b"GET /api/v1/devices/3/loads/1/values?harmonics=1 HTTP/1.1\r\n" + HOST + b"Accept: text/csv\r\n\r\n",
             b"HEAD /x?a=1&b=%41 HTTP/1.0\r\n\r\n", b"POST /p HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello",
             b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
             b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\nConnection: Upgrade\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
             handshake() + frame(b'{"subscribe":"all"}'), handshake() + frame(b"x" * 300, 1, False) + frame(b"y", 0),
             handshake("/live?device=3&load=1") + frame(b"p", 9) + frame(b"\x03\xe8bye", 8)]
    failed = 0
    for _ in range(rounds):
        data = b"".join(mutate(dice, dice.choice(seeds)) for _ in range(dice.choice([1, 1, 2, 3])))
        try:
            with s.connect(0.01) as c:
                cut = dice.randrange(len(data) + 1)
                c.sendall(data[:cut])
                c.sendall(data[cut:])
                if dice.random() < 0.5:
                    c.shutdown(socket.SHUT_WR)
                drain(c)
        except (BrokenPipeError, ConnectionResetError):
            pass
        except OSError:
            failed += 1
    expect(f"{rounds} damaged conversations were all accepted", failed, 0)
    alive(s, "noise")


def idle_costs_nothing(s):
    time.sleep(0.3)
    before = s.cpu_s()
    time.sleep(1)
    check(s.cpu_s() - before <= 0.05, "and the server is at rest afterwards", [f"{s.cpu_s() - before:.2f} s in 1 s"])


def main():
    with Server() as s:
        malformed(s)
        pipelined(s)
        bad_frames(s)
        noise(s)
        idle_costs_nothing(s)
    slow()
    many()
    bytes_that_wait()
    finish()


main()
