#!/usr/bin/python3
"""How soon the demo serves after it was launched, and what it keeps resident. Serving: a TCP connection to
the web port answers /healthz and Modbus TCP answers a read. The median of five launches; memory after
five seconds with both doors in use."""
import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

BUSBAR = os.environ["BUSBAR"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), timeout=1) as s:
        s.settimeout(1)
        s.sendall(request)
        return s.recv(4096)


def serves(http, modbus):
    try:
        web = ask(http, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        bus = ask(modbus, struct.pack(">HHHBBHH", 1, 0, 6, 1, 3, 50000, 4))
        return web.startswith(b"HTTP/1.1") and bus[7:8] == b"\x03"
    except OSError:
        return False


def launch(seconds):
    http, modbus = free_port(), free_port()
    with tempfile.TemporaryDirectory() as data:
        begin = time.monotonic()
        program = subprocess.Popen([BUSBAR, "demo", "--data", data, "--http-port", str(http), "--modbus-port",
                                    str(modbus)], stdout=subprocess.DEVNULL)
        try:
            while not serves(http, modbus):
                if program.poll() is not None or time.monotonic() - begin > 20:
                    sys.exit("the demo does not serve")
                time.sleep(0.002)
            took = (time.monotonic() - begin) * 1000
            time.sleep(seconds)
            with open(f"/proc/{program.pid}/status", encoding="ascii") as status:
                rss = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        finally:
            program.terminate()
            program.wait()
    return took, rss / 1024


def main():
    runs = [launch(5 if i == 0 else 0) for i in range(5)]
    print(json.dumps({"start": {"serving_ms": round(statistics.median(r[0] for r in runs), 1),
                                "rss_mib": round(max(r[1] for r in runs), 1)}}))


main()
