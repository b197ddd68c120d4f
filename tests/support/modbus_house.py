"""The server of serve_modbus.c for a test in Python, and plain sockets to speak with it."""
import json
import os
import random
import socket
import struct
import subprocess

BUILD = os.environ["BUILD"]


class House:
    """A server with the fixed plant of modbus_house.c, at a free port of the loopback."""

    def __init__(self, *limits):
        self.process = subprocess.Popen([f"{BUILD}/tests/serve_modbus", *map(str, limits)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.told = json.loads(self.process.stdout.readline())
        self.port = self.told["port"]
        self.devices = {d["unit"]: d for d in self.told["devices"]}
        self.pid = self.process.pid

    def connect(self, timeout=5):
        s = socket.create_connection(("127.0.0.1", self.port), timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def close(self):
        """Ends the server; its counters. Raises if it did not end well (a sanitizer, a leak)."""
        out, _ = self.process.communicate(timeout=30)
        if self.process.returncode:
            raise RuntimeError(f"the server ended with code {self.process.returncode}")
        return json.loads(out.splitlines()[-1])


def frame(pdu, unit, transaction=1):
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def read_request(unit, address, count, transaction=1, function=3):
    return frame(struct.pack(">BHH", function, address, count), unit, transaction)


def receive(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise ConnectionError(f"closed after {len(data)} of {n} bytes")
        data += piece
    return data


def receive_frame(s):
    """(transaction, unit, PDU) of the next answer."""
    transaction, protocol, length, unit = struct.unpack(">HHHB", receive(s, 7))
    assert protocol == 0 and 2 <= length <= 254
    return transaction, unit, receive(s, length - 1)


def ask(s, request):
    s.sendall(request)
    return receive_frame(s)[2]


def is_closed(s, timeout=5):
    """Whether the other side closes within the time, whatever it still sends."""
    s.settimeout(timeout)
    try:
        while s.recv(65536):
            pass
        return True
    except ConnectionResetError:
        return True
    except socket.timeout:
        return False


def pieces(first, words, seed):
    """Cuts a block into reads of 1 to 125 words that follow each other."""
    dice = random.Random(seed)
    at = first
    while at < first + words:
        n = min(dice.choice((1, 2, 3, 7, 50, 125)), first + words - at)
        yield at, n
        at += n
