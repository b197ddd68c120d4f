"""Frames of Modbus RTU for tests, with a CRC worked out bit by bit as the specification has it."""
import os
import select
import time


def crc(data):
    c = 0xFFFF
    for byte in data:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ 0xA001 if c & 1 else c >> 1
    return c.to_bytes(2, "little")


def seal(data):
    return bytes(data) + crc(data)


def read_request(unit, address, count, function=3):
    return seal(bytes([unit, function]) + address.to_bytes(2, "big") + count.to_bytes(2, "big"))


def receive(s, n, seconds=3):
    """Up to n bytes of a socket, fewer if it is silent or closed."""
    s.settimeout(seconds)
    data = b""
    try:
        while len(data) < n:
            piece = s.recv(n - len(data))
            if not piece:
                return data
            data += piece
    except TimeoutError:
        pass
    return data


def receive_fd(fd, n, seconds):
    """The same of a file descriptor."""
    data, end = b"", time.monotonic() + seconds
    while len(data) < n and select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
        data += os.read(fd, n - len(data))
    return data
