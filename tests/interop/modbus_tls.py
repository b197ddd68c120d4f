"""Modbus over TLS with certificates on both sides: pymodbus and Python's ssl as clients, certificates made by openssl;
then those who must not come in."""
import asyncio
import os
import socket
import ssl
import subprocess
import tempfile
import time

from pymodbus.client import AsyncModbusTlsClient
from pymodbus.framer.socket_framer import ModbusSocketFramer

from demo import free_ports
from modbus_house import read_request
from tap import finish, say

BUSBAR = os.environ["BUSBAR"]
FILE = """busbar: 1
devices:
  - {{profile: D-70, address: 1}}
  - {{profile: U-30, address: 2}}
servers: {{bind: 127.0.0.1, web_port: 0, modbus_tcp_port: 0}}
modbus_tls: {{port: {port}, certificate: {certificate}, key: {key}, authorities: ca.pem}}
"""
folder = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(folder.name, name)


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, cwd=folder.name, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
            f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")


def certificate(name, signer, days="2"):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout",
            f"{name}.key", "-out", f"{name}.csr")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-days", days, "-out",
            f"{name}.pem")


authority("ca")
authority("other")
certificate("server", "ca")
certificate("client", "ca")
certificate("stranger", "other")
certificate("expired", "ca", "0")


def write(port, cert="server.pem", key="server.key"):
    with open(path("installation.yaml"), "w", encoding="utf-8") as f:
        f.write(FILE.format(port=port, certificate=cert, key=key))


def context(name=None, version=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.load_verify_locations(path("ca.pem"))
    if name:
        c.load_cert_chain(path(f"{name}.pem"), path(f"{name}.key"))
    if version:
        c.minimum_version = c.maximum_version = version
    return c


(port,) = free_ports(1)
write(port)
program = subprocess.Popen([BUSBAR, "run", path("installation.yaml")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
said = b""
while b"Ctrl-C" not in said:
    line = program.stdout.readline()
    if not line:
        break
    said += line
say(f"Modbus TLS  127.0.0.1 port {port}".encode() in said, "the program says where Modbus over TLS is", [said.decode()])



async def with_pymodbus():
    # Its TLS client leaves the MBAP header out by default, which the specification does not; its synchronous one then
    # waits for the socket while TLS holds the rest of the answer.
    client = AsyncModbusTlsClient("127.0.0.1", port=port, framer=ModbusSocketFramer, sslctx=context("client"),
                                  server_hostname="server", timeout=5)
    await client.connect()
    try:
        return await client.read_holding_registers(50050, 2, slave=1)
    finally:
        await client.close()


answer = asyncio.run(with_pymodbus())
say(not answer.isError() and answer.registers == [0x442D, 0x3730], "pymodbus reads the gateway's name over TLS", [str(answer)])


def speak(c, data, size, seconds=5):
    """What is answered before the other side closes, or falls silent."""
    with socket.create_connection(("127.0.0.1", port), seconds) as raw, c.wrap_socket(raw, server_hostname="server") as s:
        s.sendall(data)
        got = b""
        while len(got) < size:
            piece = s.recv(size - len(got))
            if not piece:
                break
            got += piece
        return got


request, length = read_request(1, 50000, 69), 9 + 2 * 69
for name, version in (("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3)):
    got = speak(context("client", version), request * 400, 400 * length)
    say(len(got) == 400 * length and got == got[:length] * 400, f"TLS {name}: 400 requests at once, every answer comes")


def refused(c):
    try:
        return speak(c, request, length, 3) == b""
    except (ssl.SSLError, ConnectionError, TimeoutError):
        return True


say(refused(context()), "without a certificate nobody comes in")
say(refused(context("stranger")), "nor with one of another authority")
say(refused(context("expired")), "nor with one that has run out")
old = context("client")
old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
old.set_ciphers("ALL:@SECLEVEL=0")
say(refused(old), "nor with TLS 1.1")
with socket.create_connection(("127.0.0.1", port), 5) as clear:
    clear.sendall(request)
    got = clear.recv(1000)
    say(read_request(1, 50000, 69)[:2] != got[:2], "who speaks in the clear is not answered in Modbus", [got.hex()])

deaf = socket.create_connection(("127.0.0.1", port), 5)
deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
deaf_tls = context("client").wrap_socket(deaf, server_hostname="server")
deaf_tls.setblocking(False)
try:
    for _ in range(3000):
        deaf_tls.send(request * 10)
except (ssl.SSLWantWriteError, BlockingIOError):
    pass
half = socket.create_connection(("127.0.0.1", port), 5)
half.sendall(b"\x16\x03\x01\x02\x00")  # a record's head, and no more
began = time.monotonic()
got = speak(context("client"), request, length)
say(len(got) == length and time.monotonic() - began < 2, "one that does not read and one half in its handshake disturb nobody")
deaf_tls.setblocking(True)
deaf_tls.settimeout(5)
first = b""
while len(first) < 100 * length:
    first += deaf_tls.recv(100 * length - len(first))
say(first == got * 100, "the deaf one gets its answers in order once it reads")
deaf_tls.close()
half.close()

program.terminate()
out, err = program.communicate(timeout=10)
say(program.returncode == 0 and err == b"", "the program ends cleanly", [err.decode()])


def refused_at_start(what, *files, word):
    write(port, *files)
    done = subprocess.run([BUSBAR, "run", path("installation.yaml")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=10)
    say(done.returncode == 1 and word in done.stderr and done.stderr.count(b"\n") == 1, what, [done.stderr.decode()])


with open(path("empty.pem"), "wb"):
    pass
refused_at_start("a certificate that is not there", "no.pem", "server.key", word=b"no.pem")
refused_at_start("one that is no certificate", "empty.pem", "server.key", word=b"empty.pem")
refused_at_start("a key of another certificate", "server.pem", "client.key", word=b"client.key")
with open(path("installation.yaml"), "w", encoding="utf-8") as f:
    f.write(FILE.format(port=port, certificate="server.pem", key="server.key").replace(", key: server.key", ""))
done = subprocess.run([BUSBAR, "check", path("installation.yaml")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10)
say(done.returncode == 1 and b"installation.yaml:6" in done.stdout and b'"key" is missing' in done.stdout,
    "check says which of the three files is missing", [done.stdout.decode()])
folder.cleanup()
finish()
