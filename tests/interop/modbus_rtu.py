"""Modbus RTU over TCP: pymodbus with its own RTU framer reads every register; then frames byte by byte, several at
once, damaged, to nobody and to everybody, checked by a CRC of our own here."""
import os
import time

from pymodbus.client import ModbusTcpClient
from pymodbus.framer.rtu_framer import ModbusRtuFramer

import modbus_expect as expect
from modbus_frames import read_request, receive, seal
from modbus_house import House, pieces
from tap import finish, say, skip


def silent(s):
    return receive(s, 1, 0.3) == b""


house = House("rtu")
client = ModbusTcpClient("127.0.0.1", port=house.port, framer=ModbusRtuFramer)
client.connect()
if os.path.exists(expect.REFERENCE):
    wrong, registers = [], 0
    blocks = expect.published()
    for device, block, shift, scene in expect.scenes(house.told):
        rows, unit = blocks[block], device["unit"]
        first = rows[0]["address"] + shift
        wanted, got = expect.block_words(scene, rows), []
        for at, n in pieces(first, len(rows) and len(wanted), f"{unit} {first}"):
            answer = client.read_holding_registers(at, n, slave=unit)
            got += [] if answer.isError() else answer.registers
        registers += len(wanted)
        wrong += [] if got == wanted else [f"unit {unit}, {first}: {got} instead of {wanted}"]
    say(not wrong, f"pymodbus over RTU framing reads all {registers} words", wrong[:10])
else:
    skip("pymodbus over RTU framing reads every register", "no reference tables here")
answer = client.read_holding_registers(50050, 2, slave=1)
say(not answer.isError() and answer.registers == [0x442D, 0x3730], "pymodbus reads the gateway's name", [str(answer)])
answer = client.read_holding_registers(18432, 2, slave=99)
say(answer.isError() and answer.exception_code == 11, "an unknown unit id: exception 11, as over TCP", [str(answer)])
client.close()

name = read_request(1, 50050, 2)
name_answer = seal(bytes([1, 3, 4, 0x44, 0x2D, 0x37, 0x30]))
with house.connect() as s:
    for i in range(len(name)):
        s.sendall(name[i:i + 1])
        time.sleep(0.002)
    say(receive(s, 9) == name_answer, "a frame that comes byte by byte is answered")
    s.sendall(name * 20 + name[:3])
    answers = receive(s, 180)
    s.sendall(name[3:])
    say(answers == name_answer * 20 and receive(s, 9) == name_answer, "twenty frames and a part, then the rest of it")
    s.sendall(read_request(0, 50050, 2) + name)
    say(receive(s, 9) == name_answer and silent(s), "to unit 0, which is everybody, nobody answers")
    s.sendall(seal([1, 0x41, 1, 2, 3]) + name)
    say(receive(s, 14) == seal([1, 0xC1, 1]) + name_answer, "an unknown function is answered with exception 1, the next frame is read")
    s.sendall(seal([1, 16, 0x30, 0, 0, 1, 2, 0, 5]) + name)
    say(receive(s, 14) == seal([1, 0x90, 1]) + name_answer, "a write is refused")
    s.sendall(read_request(1, 50050, 126))
    say(receive(s, 5) == seal([1, 0x83, 3]), "too many registers: exception 3")
    with house.connect() as half:
        half.sendall(name[:5])
        began = time.monotonic()
        s.sendall(name)
        say(receive(s, 9) == name_answer and time.monotonic() - began < 0.5, "half a frame of one client does not delay another")
for what, data in (("a damaged CRC", name[:-1] + bytes([name[-1] ^ 1])), ("a frame of Modbus TCP", bytes([0, 1, 0, 0, 0, 6, 1, 3, 0xC3, 0x82, 0, 2])),
                   ("noise", bytes(range(0x60, 0xFF)) * 4)):
    with house.connect() as s:
        s.sendall(data + name)
        got = receive(s, 64, 2)
        say(got == b"", f"{what}: nothing behind it is answered", [got.hex()])
        with house.connect() as other:
            other.sendall(name)
            say(receive(other, 9) == name_answer, f"{what}: the next client is served")
house.close()
finish()
