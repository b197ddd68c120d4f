"""Clients that are not ours read every register: pymodbus, mbpoll, libmodbus. What they must read is
worked out from the published tables (tests/support/modbus_expect.py)."""
import os
import re
import subprocess

from pymodbus.client import ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest

import modbus_expect as expect
from modbus_house import House, pieces
from tap import finish, say, skip

BUILD = os.environ["BUILD"]
house = House()
client = ModbusTcpClient("127.0.0.1", port=house.port)
client.connect()


def with_pymodbus(unit, first, words, seed):
    got = []
    for at, n in pieces(first, words, seed):
        read = client.read_holding_registers if (at + n) % 2 else client.read_input_registers
        answer = read(at, n, slave=unit)
        if answer.isError():
            return answer
        got += answer.registers
    return got


def with_mbpoll(unit, first, words, *how):
    done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(house.port), "-a", str(unit), "-0", "-r", str(first), "-c",
                           str(words), "-1", *(how or ("-t", "4:hex")), "127.0.0.1"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    text = done.stdout.decode()
    values = re.findall(r"^\[(\d+)\]:\s+(\S+)", text, re.MULTILINE)
    if done.returncode or len(values) != words:
        return text
    return [int(v, 0) for _, v in values]


def with_libmodbus(unit, first, words):
    done = subprocess.run([f"{BUILD}/tests/libmodbus_read", str(house.port), str(unit), str(first), str(words)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    return [int(w) for w in done.stdout.split()] if done.returncode == 0 else done.stdout.decode()


def two(words, at):
    """A signed value of 32 bits."""
    n = words[at] << 16 | words[at + 1]
    return n - (1 << 32) if n >> 31 else n


def differences(first, wanted, got):
    if len(wanted) != len(got) or isinstance(got, str):
        return [f"{first}: {got}"]
    return [f"{first + i}: expected {w:#06x}, read {g:#06x}" for i, (w, g) in enumerate(zip(wanted, got)) if w != g]


def read_all():
    blocks = expect.published()
    wrong = {"pymodbus": [], "mbpoll": [], "libmodbus": []}
    registers = {}
    for device, block, shift, scene in expect.scenes(house.told):
        rows, unit = blocks[block], device["unit"]
        first = rows[0]["address"] + shift
        wanted = expect.block_words(scene, rows)
        registers[device["profile"]] = registers.get(device["profile"], 0) + len(rows)
        wrong["pymodbus"] += [f"unit {unit} {d}" for d in differences(
            first, wanted, with_pymodbus(unit, first, len(wanted), f"{unit} {first}"))]
        wrong["mbpoll"] += [f"unit {unit} {d}" for d in differences(
            first, wanted, with_mbpoll(unit, first, len(wanted)))]
        if os.path.exists(f"{BUILD}/tests/libmodbus_read"):
            wrong["libmodbus"] += [f"unit {unit} {d}" for d in differences(
                first, wanted, with_libmodbus(unit, first, len(wanted)))]
    all_registers = ", ".join(f"{n} of {profile}" for profile, n in registers.items())
    say(not wrong["pymodbus"], f"pymodbus, in pieces of 1 to 125 words, reads every register: {all_registers}",
        wrong["pymodbus"][:40])
    say(not wrong["mbpoll"], "mbpoll reads the same, block by block", wrong["mbpoll"][:40])
    if os.path.exists(f"{BUILD}/tests/libmodbus_read"):
        say(not wrong["libmodbus"], "libmodbus reads the same", wrong["libmodbus"][:40])
    else:
        skip("libmodbus reads the same", "libmodbus is not installed")


if os.path.exists(expect.REFERENCE):
    read_all()
else:
    skip("every register reads as the published tables say", "no reference tables here")

# The way a user looks at it: 32-bit values, the most significant word first.
point = house.told["points"][house.devices[3]["loads"][0]["point"]]["values"]
got = with_mbpoll(3, 18444, 3, "-t", "4:int", "-B")
say(got == [round(100 * point[v]) for v in ("V1", "V2", "V3")], "mbpoll -t 4:int -B reads V1 V2 V3 in 10 mV", [str(got)])

# A panel meter shows its first load as its forerunners did: the same values at 768 and 50512, in their own scales.
for first, at in ((768, {"V1": 782, "I1": 768, "F": 788, "P": 790, "Q": 792, "S": 794}),
                  (50512, {"V1": 50520, "I1": 50528, "F": 50526, "P": 50536, "Q": 50538, "S": 50540})):
    old = client.read_holding_registers(first, 56, slave=6)
    read = {k: two(old.registers, a - first) for k, a in at.items()}
    point6 = house.told["points"][house.devices[6]["loads"][0]["point"]]["values"]
    wanted = {k: round(point6[k] * s) for k, s in (("V1", 100), ("I1", 1000), ("F", 100), ("P", 0.1), ("Q", 0.1), ("S", 0.1))}
    say(read == wanted, f"an A-200 shows its first load at {first} as well", [str(read), str(wanted)])
answer = client.read_holding_registers(50512, 2, slave=3)
say(answer.isError() and answer.exception_code == 2, "a module of the bus does not", [str(answer)])

# How energy management systems find out what they speak with (OpenEMS: io.openems.edge.meter.socomec).
answer = client.read_holding_registers(0xC350, 4, slave=4)
name = client.read_holding_registers(0xC38A, 8, slave=4).registers
text = b"".join(w.to_bytes(2, "big") for w in name).replace(b"\0", b" ").decode().strip().lower()
say(answer.registers == [0x53, 0x4F, 0x43, 0x4F] and text.startswith("diris b30"),
    "a client that selects by \"SOCO\" and an extended name that the installation gives finds its map", [text])
text = b"".join(w.to_bytes(2, "big") for w in client.read_holding_registers(0xC38A, 8, slave=3).registers)
say(b"i-35" in text.lower(), "by default the extended name holds the profile's", [str(text)])

# Exceptions, as a client library understands them.
for unit, address, count, code, what in ((99, 18432, 2, 11, "an unknown unit id"),
                                         (3, 18432, 93, 2, "a register behind a block"),
                                         (3, 36864, 1, 2, "the network's page of a current module"),
                                         (2, 18432, 1, 2, "a load's page of a voltage module"),
                                         (3, 18432 + 3 * 2048, 1, 2, "a load for which a module has no place"),
                                         (1, 36864, 2, 2, "measurements of a gateway"),
                                         (3, 65535, 1, 2, "the last address")):
    answer = client.read_holding_registers(address, count, slave=unit)
    say(answer.isError() and answer.exception_code == code, f"{what}: exception {code}", [str(answer)])
for unit in (0, 255):
    answer = client.read_holding_registers(50050, 2, slave=unit)
    say(not answer.isError() and answer.registers == [0x442D, 0x3730], f"unit {unit} is the gateway itself")
refused = [client.write_register(12288, 3, slave=3), client.write_registers(57600, [1] * 6, slave=3),
           client.write_coil(0, True, slave=3), client.read_coils(0, 8, slave=3),
           client.readwrite_registers(read_address=12288, read_count=1, write_address=12288, write_registers=[1], slave=3)]
say(all(a.isError() and a.exception_code == 1 for a in refused), "writes and coils: exception 1", map(str, refused))
done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(house.port), "-a", "3", "-0", "-r", "12288", "-t", "4", "127.0.0.1",
                       "3"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
say(done.returncode != 0 and b"Illegal function" in done.stdout, "mbpoll is told that it may not write")

# Device identification
objects = {}
for code, number in ((1, 3), (2, 7), (3, 8)):
    answer = client.execute(ReadDeviceInformationRequest(code, 0, slave=3, unit=3))
    objects = {} if answer.isError() else answer.information
    say(len(objects) == number, f"device identification, level {code}: {number} objects", [str(answer)])
wanted = {0: b"Busbar", 1: b"I-35", 5: b"Diris I-35", 6: house.devices[3]["name"].encode(),
          0x80: house.devices[3]["serial"].encode()}
say(all(objects.get(k) == v for k, v in wanted.items()), "it names vendor, product, model, place and serial number",
    [str(objects)])

client.close()
counters = house.close()
say(counters["writes_refused"] == 5 and counters["unknown_units"] == 1 and counters["bad"] == 0,
    "the server counted them", [str(counters)])
finish()
