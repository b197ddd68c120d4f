"""The program under test as a process, and the two ways in which this test's clients read it.

Own clients, few lines each: what they ask is what the test is about, and they are quick enough to ask
fifty times a second. Interoperability with clients of others is tested in tests/interop.
"""
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import time


def free_ports(count):
    """Ports that nobody has now; bound together, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


class Modbus:
    """Modbus TCP, reading only."""

    def __init__(self, port, timeout=2.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.number = 0

    def close(self):
        self.socket.close()

    def _take(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("closed by the server")
            data += piece
        return data

    def read(self, unit, address, words):
        """Holding registers as a list of words; ValueError with the exception code if refused."""
        self.number = (self.number + 1) & 0xFFFF
        self.socket.sendall(struct.pack(">HHHBBHH", self.number, 0, 6, unit, 3, address, words))
        number, _, length, _ = struct.unpack(">HHHB", self._take(7))
        body = self._take(length - 1)
        if number != self.number:
            raise ConnectionError("an answer to another question")
        if body[0] & 0x80:
            raise ValueError(f"unit {unit}, register {address}: exception {body[1]}")
        return list(struct.unpack(f">{words}H", body[2:]))


class Web:
    """The HTTP API, on one connection."""

    def __init__(self, port, timeout=2.0):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.connect()

    def close(self):
        self.connection.close()

    def get(self, path):
        """Status and parsed JSON."""
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text)


class Demo:
    """`busbar demo` on ports of its own."""

    def __init__(self, data, speed=1, more=()):
        self.data, self.speed, self.more = data, speed, list(more)
        self.process = None
        self.messages = os.path.join(data, "..", "messages.txt")

    def start(self):
        self.http_port, self.modbus_port = free_ports(2)
        command = [os.environ["BUSBAR"], "demo", "--data", self.data, "--speed", str(self.speed),
                   "--http-port", str(self.http_port), "--modbus-port", str(self.modbus_port), *self.more]
        with open(self.messages, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.begun = time.monotonic()

    def _wait_for(self, connect, seconds):
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the program ended by itself with code {self.process.returncode}: {self.said()}")
            try:
                return connect()
            except OSError:
                if time.monotonic() - self.begun > seconds:
                    raise
                time.sleep(0.005)

    def modbus(self, seconds=10):
        """A connection as soon as there is one; the program must live until then."""
        return self._wait_for(lambda: Modbus(self.modbus_port), seconds)

    def web(self, seconds=10):
        return self._wait_for(lambda: Web(self.http_port), seconds)

    def said(self):
        with open(self.messages, encoding="utf-8", errors="replace") as file:
            return file.read()[-600:].replace("\n", " | ")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=10):
        """As Ctrl-C does; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode
