"""Modbus RTU on a serial line, the whole program on one end of a pseudo-terminal: mbpoll and pymodbus as masters, then
what else is heard on a line: frames in pieces, damage, other slaves, requests to everybody."""
import os
import select
import subprocess
import tempfile
import threading
import time
import tty

from pymodbus.client import ModbusSerialClient

from modbus_frames import read_request, receive_fd, seal
from tap import finish, say

BUSBAR = os.environ["BUSBAR"]
FILE = """busbar: 1
network: {{type: 3P+N, voltage: 230 V, frequency: 50 Hz}}
devices:
  - {{profile: D-70, address: 1}}
  - {{profile: U-30, address: 2}}
  - profile: I-35
    address: 3
    loads:
      - {{name: Motor, type: 3P+N-3CT, rated_current: 20 A, simulated: {{current: 10 A}}}}
servers: {{bind: 127.0.0.1, web_port: 0, modbus_tcp_port: 0}}
serial: {{device: {device}, baud: 115200}}
"""


class Pty:
    """Our end is `master`; the other is opened by its path."""

    def __init__(self):
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path, self.slave = os.ttyname(slave), slave  # held open, so that the line does not hang up between users


def bridge(a, b, ended):
    while not ended.is_set():
        for fd in select.select([a, b], [], [], 0.1)[0]:
            os.write(b if fd == a else a, os.read(fd, 4096))


line, outer = Pty(), Pty()
folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "installation.yaml")
with open(path, "w", encoding="utf-8") as f:
    f.write(FILE.format(device=line.path))
program = subprocess.Popen([BUSBAR, "run", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
said = b""
while b"Ctrl-C" not in said:
    piece = program.stdout.readline()
    if not piece:
        break
    said += piece
say(f"Modbus RTU  {line.path}, 115200 baud".encode() in said, "the program says which line it serves", [said.decode()])
time.sleep(0.5)  # the first window

name, name_answer = read_request(1, 50050, 2), seal([1, 3, 4, 0x44, 0x2D, 0x37, 0x30])


def ask(data, size, seconds=2):
    os.write(line.master, data)
    return receive_fd(line.master, size, seconds)


say(ask(name, 9) == name_answer, "the gateway answers with its name")
times = []
for _ in range(30):
    began = time.monotonic()
    ask(name, 9)
    times.append(1000 * (time.monotonic() - began))
    time.sleep(0.003)
say(min(times) < 1.75 + 2, "it answers within 3.5 characters and 2 ms (the best of 30; the machine may be busy)", [f"{min(times):.2f} ms"])
say(min(times) >= 1, "but not before the line was silent", [f"{min(times):.2f} ms"])

os.write(line.master, name[:3])
time.sleep(0.006)
say(ask(name[3:], 9) == name_answer, "a frame that an adapter delivers in two pieces is answered")
os.write(line.master, name[:5])
time.sleep(0.1)
say(ask(name, 9) == name_answer, "one that was broken off is forgotten")
say(ask(name[:-1] + bytes([name[-1] ^ 4]), 1, 0.2) == b"", "a damaged frame is not answered")
say(ask(read_request(77, 18432, 2), 1, 0.2) == b"", "nor one to a unit id of somebody else")
say(ask(read_request(255, 50050, 2), 1, 0.2) == b"", "nor one to 255, which is nobody on a line")
say(ask(read_request(0, 50050, 2), 1, 0.2) == b"", "nor one to everybody")
other = seal([77, 3, 4, 1, 3, 0xC3, 0x82])
say(ask(other, 1, 0.2) == b"", "another slave's answer is passed over")
say(ask(other + name, 9) == name_answer, "and the request that an adapter delivers together with it is answered")
say(ask(bytes(range(256)) * 8 + name, 9) == name_answer, "also behind 2048 bytes of noise")
say(ask(seal([1, 0x41, 7]), 5) == seal([1, 0xC1, 1]), "an unknown function: exception 1")
say(ask(read_request(3, 60000, 1), 5) == seal([3, 0x83, 2]), "an unknown register: exception 2")

ended = threading.Event()
thread = threading.Thread(target=bridge, args=(line.master, outer.master, ended))
thread.start()
client = ModbusSerialClient(outer.path, baudrate=115200, parity="N", stopbits=1, timeout=3)
client.connect()
answer = client.read_holding_registers(18444, 6, slave=3)
volts = [] if answer.isError() else [65536 * answer.registers[i] + answer.registers[i + 1] for i in (0, 2, 4)]
say(len(volts) == 3 and all(abs(v - 23000) < 60 for v in volts), "pymodbus reads V1 V2 V3", [str(answer), str(volts)])
answer = client.read_holding_registers(18432, 92, slave=3)
say(not answer.isError() and len(answer.registers) == 92, "and a whole page", [str(answer)])
client.close()
done = subprocess.run(["mbpoll", "-m", "rtu", "-b", "115200", "-P", "none", "-a", "3", "-0", "-r", "18444", "-c", "3", "-t",
                       "4:int", "-B", "-1", outer.path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
say(done.returncode == 0 and done.stdout.count(b"2300") + done.stdout.count(b"2299") >= 3, "mbpoll reads them too", [done.stdout.decode()])
ended.set()
thread.join()

os.close(line.slave)
os.close(line.master)  # the adapter is pulled
gone = program.stdout.readline() if select.select([program.stdout], [], [], 5)[0] else b""
say(line.path.encode() in gone and b"is gone" in gone and program.poll() is None, "a line that goes away is said, and the rest goes on",
    [gone.decode()])
program.terminate()
out, _ = program.communicate(timeout=10)
say(program.returncode == 0 and b"is gone" not in out, "the program ends cleanly, and said it once", [out.decode()])
bad = FILE.format(device="/dev/no-such-line")
with open(path, "w", encoding="utf-8") as f:
    f.write(bad)
done = subprocess.run([BUSBAR, "run", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10)
say(done.returncode == 1 and b"/dev/no-such-line" in done.stderr, "a line that is not there: one sentence, exit 1", [done.stderr.decode()])
folder.cleanup()
finish()
