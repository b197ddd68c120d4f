"""A web server to test (tests/support/web_server.c), an HTTP client for it, and a WebSocket client on a bare socket."""
import base64
import hashlib
import http.client
import json
import os
import socket
import struct
import subprocess
import time

PROGRAM = os.environ.get("WEB_SERVER", "")
SANITIZED = os.environ.get("SANITIZED") == "1"  # keeps freed memory: how much there is says nothing


class Server:
    """`with Server(head_ms=300) as s:`; s.order("publish")."""

    def __init__(self, **options):
        self.process = subprocess.Popen([PROGRAM] + [f"{k}={v}" for k, v in options.items()], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *what):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(20)
        if what[0] is None and self.process.returncode != 0:
            raise AssertionError(f"the server left with {self.process.returncode}")

    def order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"done {line}\n"

    def connect(self, timeout=5):
        s = socket.create_connection(("127.0.0.1", self.port), timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def ask(self, path, method="GET", headers=None, body=None):
        """(status, headers in lower case, bytes)"""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            c.request(method, path, body=body, headers=headers or {})
            answer = c.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            c.close()

    def json(self, path, **more):
        status, _, body = self.ask(path, **more)
        return status, json.loads(body)

    def raw(self, data, timeout=5):
        """Sends bytes as they are; returns all that comes until the server closes."""
        with self.connect(timeout) as s:
            try:
                s.sendall(data)
            except OSError:
                pass
            return drain(s)

    def metric(self, name):
        time.sleep(0.25)  # an answer of /metrics serves for 200 ms
        _, _, body = self.ask("/metrics")
        return next(float(line.split()[-1]) for line in body.decode().splitlines() if line.startswith(name + " "))

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def drain(s):
    got = b""
    try:
        while piece := s.recv(65536):
            got += piece
    except OSError:
        pass
    return got


KEY = base64.b64encode(b"the sample nonce").decode()


def handshake(path="/live", **fields):
    """The request of a WebSocket client; a field that is None is left out."""
    all_fields = {"Host": "a", "Upgrade": "websocket", "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Key": KEY,
                  "Sec-WebSocket-Version": "13"} | {k.replace("_", "-"): v for k, v in fields.items()}
    lines = [f"{k}: {v}" for k, v in all_fields.items() if v is not None]
    return (f"GET {path} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()


def frame(payload, opcode=1, fin=True, mask=b"\x11\x22\x33\x44"):
    n = len(payload)
    head = bytes([0x80 * fin | opcode])
    if n < 126:
        head += bytes([0x80 | n])
    elif n < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", n)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", n)
    return head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload))


class WebSocket:
    """Opened on construction; `status` is that of the answer."""

    def __init__(self, server, path="/live", timeout=5, **fields):
        self.socket = server.connect(timeout)
        self.socket.sendall(handshake(path, **fields))
        self.kept = b""
        while b"\r\n\r\n" not in self.kept:
            piece = self.socket.recv(65536)
            if not piece:
                break
            self.kept += piece
        self.head, _, self.kept = self.kept.partition(b"\r\n\r\n")
        self.status = int(self.head.split()[1])
        accept = base64.b64encode(hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert self.status != 101 or accept in self.head

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _take(self, n):
        while len(self.kept) < n:
            piece = self.socket.recv(1 << 20)
            if not piece:
                raise EOFError
            self.kept += piece
        taken, self.kept = self.kept[:n], self.kept[n:]
        return taken

    def frame(self):
        """(opcode, payload) of the next frame; the server's are whole and unmasked."""
        first, second = self._take(2)
        assert first & 0xF0 == 0x80 and second < 128
        n = second
        if n == 126:
            n = struct.unpack(">H", self._take(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self._take(8))[0]
        return first & 15, self._take(n)

    def message(self, within=5.0):
        """The next text message, as JSON; pings are answered meanwhile."""
        self.socket.settimeout(within)
        while True:
            opcode, payload = self.frame()
            if opcode == 9:
                self.socket.sendall(frame(payload, 10))
            elif opcode == 1:
                return json.loads(payload)
            elif opcode == 8:
                raise EOFError(struct.unpack(">H", payload[:2])[0] if payload else 1005)

    def messages(self, seconds):
        """All that come within this time."""
        got, end = [], time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                got.append(self.message(left))
        except (TimeoutError, socket.timeout):
            pass
        return got

    def pending(self):
        """All that has come."""
        got = []
        try:
            while True:
                got.append(self.message(0.02))
        except (TimeoutError, socket.timeout):
            return got

    def say(self, value):
        self.socket.sendall(frame(json.dumps(value).encode()))

    def closed_with(self, within=5.0):
        """The code that the server closes with."""
        try:
            while True:
                self.message(within)
        except EOFError as end:
            return end.args[0] if end.args else None
