"""Another dissector, that of Wireshark, takes our answers apart and finds nothing wrong with them."""
import os
import shutil
import struct
import subprocess
import tempfile

from modbus_house import House, frame, read_request, receive_frame
from tap import finish, say, skip

if not shutil.which("tshark") or not shutil.which("text2pcap"):
    skip("tshark dissects the answers", "tshark is not installed")
    finish()

house = House()
requests = [read_request(u, a, n, function=f) for u, a, n, f in (
    (3, 18432, 92, 3), (3, 18433, 3, 4), (2, 36864, 37, 3), (5, 19712, 109, 4), (3, 50000, 69, 3), (3, 1, 1, 3),
    (77, 1, 1, 3), (3, 18432, 0, 3), (3, 18432, 126, 3))]
requests += [frame(pdu, unit) for unit, pdu in (
    (3, b"\x2b\x0e\x01\x00"), (3, b"\x2b\x0e\x02\x00"), (3, b"\x2b\x0e\x03\x00"), (3, b"\x2b\x0e\x04\x80"), (3, b"\x2b\x0e\x04\x09"),
    (3, struct.pack(">BHH", 6, 12288, 1)), (3, b"\x08\x00\x00\x12\x34"), (3, b"\x11"))]
requests = [struct.pack(">H", i + 1) + r[2:] for i, r in enumerate(requests)]

hexdump, answers = [], []
with house.connect() as s:
    for request in requests:
        s.sendall(request)
        transaction, unit, pdu = receive_frame(s)
        answer = frame(pdu, unit, transaction)
        answers.append((transaction, unit, pdu))
        for direction, data in (("I", request), ("O", answer)):
            hexdump.append(direction)
            hexdump += [f"{at:06x} {data[at:at + 16].hex(' ')}" for at in range(0, len(data), 16)]
            hexdump.append("")
house.close()

FIELDS = ("mbtcp.trans_id", "mbtcp.unit_id", "modbus.func_code", "modbus.exception_code", "modbus.byte_cnt",
          "modbus.object_str_value", "tcp.srcport", "_ws.malformed", "_ws.expert.message")
with tempfile.TemporaryDirectory() as folder:
    text, capture = os.path.join(folder, "answers.txt"), os.path.join(folder, "answers.pcap")
    with open(text, "w", encoding="ascii") as file:
        file.write("\n".join(hexdump) + "\n")
    subprocess.run(["text2pcap", "-q", "-D", "-T", "40000,502", text, capture], check=True, stderr=subprocess.DEVNULL)
    done = subprocess.run(["tshark", "-r", capture, "-o", "tcp.analyze_sequence_numbers:FALSE", "-T", "fields",
                           *(w for f in FIELDS for w in ("-e", f))], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={**os.environ, "HOME": folder}, check=True)
packets = [dict(zip(FIELDS, line.split("\t"))) for line in done.stdout.decode().splitlines()]
ours = [p for p in packets if p["tcp.srcport"] == "502"]
say(len(packets) == 2 * len(requests) and len(ours) == len(requests), "every packet is there", [str(packets)])
say(not any(p["_ws.malformed"] for p in ours), "no answer is malformed", [str(p) for p in ours if p["_ws.malformed"]])

wrong = []
for packet, (transaction, unit, pdu) in zip(ours, answers):
    wanted = {"mbtcp.trans_id": str(transaction), "mbtcp.unit_id": str(unit), "modbus.func_code": str(pdu[0] & 0x7F)}
    if pdu[0] & 0x80:
        wanted["modbus.exception_code"] = str(pdu[1])
    elif pdu[0] in (3, 4):
        wanted["modbus.byte_cnt"] = str(len(pdu) - 2)
    wrong += [f"{k}: expected {v}, dissected {packet[k]}" for k, v in wanted.items() if packet[k] != v]
say(not wrong, "transaction, unit, function, exception and length are read as they were meant", wrong)
identification = [p["modbus.object_str_value"] for p in ours if p["modbus.func_code"] == "43" and not p["modbus.exception_code"]]
say(len(identification) == 4 and identification[0].startswith("Busbar,I-35,"),
    "the objects of the device identification are found", identification)
finish()
