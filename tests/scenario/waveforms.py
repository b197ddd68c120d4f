#!/usr/bin/python3
"""Captured waveforms from end to end: of a recording with `analyse --waveforms`, and of a running instrument.

Conditions: a recording of 3 s at 9600 Hz with a dip of 0.5 s and an overcurrent, in closed form; the sets' samples are
those of the recording, and analysing a set as CSV or COMTRADE gives what analysing that part of the recording
gives. Then a simulated installation with a dip of 300 ms every 20 s, sixty times as fast as the clock: two sets of each
dip, listed, kept over a stop and a kill, a torn file passed over, and a set of the stop itself."""
import csv
import glob
import json
import math
import os
import signal
import subprocess
import tempfile
import time

from demo import Web, free_ports
from tap import finish, say

BUSBAR = os.environ["BUSBAR"]
RATE = 9600
CHANNELS = ["V1", "V2", "V3", "I1", "I2", "I3"]


def expect(text, got, wanted):
    say(got == wanted, text, [f"got {got!r}", f"expected {wanted!r}"])


def sample(n, channel):
    t = n / RATE
    x = 2 * math.pi * (50.02 * t - channel % 3 / 3)
    if channel < 3:
        size = 230 * (0.6 if 1.1 <= t < 1.6 and channel == 0 else 1)
        return size * math.sqrt(2) * (math.sin(x) + 0.03 * math.sin(5 * x + 1))
    size = 30 if 2.2 <= t < 2.25 else 10
    return size * math.sqrt(2) * (math.sin(x - 0.5) + 0.1 * math.sin(3 * x))


def write_recording(path, rows):
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file)
        writer.writerow(["t"] + CHANNELS)
        for n in rows:
            writer.writerow([f"{n / RATE:.9f}"] + [f"{sample(n, c):.9g}" for c in range(6)])


def analyse(path, *options):
    run = subprocess.run([BUSBAR, "analyse", path, "--nominal-voltage", "230", "--nominal-current", "16",
                          "--nominal-frequency", "50", "--json", "-", *options], capture_output=True, timeout=60)
    if run.returncode:
        raise AssertionError(run.stderr.decode())
    return json.loads(run.stdout)


def difference(a, b):
    """Largest difference of two analyses, relative to the value or to 100 V, A, W, % ... where it is less (the inverse
    component of a balanced network is made of rounding alone); or the names that differ."""
    a, b = a["circuits"][0]["values"], b["circuits"][0]["values"]
    if a.keys() != b.keys():
        return sorted(a.keys() ^ b.keys())
    return max(abs(a[q][k] - b[q][k]) / max(abs(a[q][k]), 100) for q in a for k in a[q] if k != "unit")


def read_table(path):
    with open(path, encoding="ascii") as file:
        lines = [line for line in file if not line.startswith("#")]
    rows = list(csv.reader(lines))
    return rows[0], [[float(x) for x in row] for row in rows[1:]]


def recording(folder):
    path, out = os.path.join(folder, "recording.csv"), os.path.join(folder, "sets")
    write_recording(path, range(3 * RATE))
    result = analyse(path, "--waveforms", out)
    expect("the events", [e["kind"] for e in result["events"]], ["dip", "overcurrent"])
    names = sorted(os.listdir(out))
    expect("a set of the dip's begin and end, and of the overcurrent", names,
           [f"{n}.{e}" for n in ("0001-dip", "0002-dip-end", "0003-overcurrent") for e in ("cfg", "csv", "dat")])
    for name in ("0001-dip", "0002-dip-end", "0003-overcurrent"):
        header, rows = read_table(os.path.join(out, name + ".csv"))
        expect(f"{name}: channels", header, ["t", "V1", "V2", "V3", "U12", "U23", "U31", "I1", "I2", "I3", "IN"])
        expect(f"{name}: samples", len(rows), 960)
        event = result["events"][0 if "dip" in name else 1]
        trigger = event["end_s"] if name.endswith("end") else event["start_s"]
        first = round(trigger * RATE) - 480 * 2  # half of the set is before the trigger; every second sample
        worst = max(abs(rows[i][1 + k] - sample(first + 2 * i, c))
                    for i in range(960) for k, c in ((0, 0), (1, 1), (2, 2), (6, 3), (7, 4), (8, 5)))
        say(worst < 1e-4, f"{name}: every second sample of the recording from frame {first} on", [f"{worst} off"])
        a, b = (analyse(os.path.join(out, f"{name}.{e}")) for e in ("csv", "cfg"))
        off = difference(a, b)
        say(isinstance(off, float) and off < 1e-6, f"{name}: CSV and COMTRADE read back to the same figures", [str(off)])
    # at a subsampling of 1, the same part of the recording gives the same figures
    installation = os.path.join(folder, "one.yaml")
    with open(installation, "w", encoding="ascii") as file:
        file.write(INSTALLATION.format(web=0, more="waveforms: {subsampling: 1, after_trigger: 25 %, overcurrent: no}"))
    analyse(path, "--waveforms", os.path.join(folder, "one"), "--installation", installation)
    expect("what is switched off does not trigger", len(os.listdir(os.path.join(folder, "one"))), 6)
    first = round(result["events"][0]["start_s"] * RATE) - 720
    part = os.path.join(folder, "part.csv")
    write_recording(part, range(first, first + 960))
    whole = analyse(part)
    for ending in ("csv", "cfg"):
        off = difference(whole, analyse(os.path.join(folder, "one", "0001-dip." + ending)))
        say(isinstance(off, float) and off < 1e-6, f"{ending}: the figures of that part of the recording", [str(off)])
    run = subprocess.run([BUSBAR, "analyse", path, "--waveforms", "/dev/null/x"], capture_output=True, timeout=60)
    expect("a folder that cannot be made", (run.returncode, b"/dev/null" in run.stderr), (3, True))


INSTALLATION = """busbar: 1
network: {{type: 3P+N, voltage: 230 V, frequency: 50 Hz}}
devices:
  - {{profile: D-70, address: 1}}
  - {{profile: U-30, address: 2}}
  - profile: I-35
    address: 3
    loads:
      - {{type: 3P+N-3CT, rated_current: 16 A, simulated: {{current: 10 A, power_factor: 0.8 lagging}}}}
source: {{type: simulator}}
simulation:
  dips:
    - {{start: 10 s, every: 20 s, duration: 300 ms, residual: 60 %, phases: [L1]}}
servers: {{bind: 127.0.0.1, web_port: {web}, modbus_tcp_port: 0}}
{more}
"""


class Run:
    def __init__(self, folder, speed):
        self.port = free_ports(1)[0]
        path = os.path.join(folder, "installation.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(INSTALLATION.format(web=self.port, more="waveforms: {power_failure: yes}"))
        self.messages = open(os.path.join(folder, "messages"), "w+b")
        self.process = subprocess.Popen([BUSBAR, "run", path, "--data", os.path.join(folder, "data"), "--speed", str(speed)],
                                        stdout=subprocess.DEVNULL, stderr=self.messages)
        for _ in range(400):
            try:
                self.web = Web(self.port)
                break
            except OSError:
                time.sleep(0.02)

    def sets(self):
        return self.web.get("/api/v1/waveforms")[1]["waveforms"]

    def wait_for(self, count):
        for _ in range(500):
            sets = self.sets()
            if len(sets) >= count:
                return sets
            time.sleep(0.02)
        return self.sets()

    def end(self, number):
        self.web.close()
        self.process.send_signal(number)
        self.process.wait(10)
        self.messages.seek(0)
        return self.messages.read().decode()


def instrument(folder):
    run = Run(folder, 60)
    sets = run.wait_for(4)
    say(len(sets) >= 4, "dips are captured", [repr(sets)])
    oldest = sorted(sets, key=lambda s: s["id"])[:4]
    expect("two sets of each dip, in order", [(s["id"], s["reason"], s["at_end"]) for s in oldest],
           [(1, "dip", False), (2, "dip", True), (3, "dip", False), (4, "dip", True)])
    expect("both of one event", oldest[0]["event_start"], oldest[1]["event_start"])
    events = run.web.get("/api/v1/events")[1]["events"]
    expect("an event of the list", oldest[0]["event_start"] in {e["start"] for e in events}, True)
    one = run.web.get("/api/v1/waveforms/1")[1]
    expect("channels", [(c["name"], c.get("load")) for c in one["channels"]],
           [(n, None) for n in ("V1", "V2", "V3", "U12", "U23", "U31")] + [(n, 1) for n in ("I1", "I2", "I3", "IN")])
    v1 = one["channels"][0]["samples"]
    cycle = 96  # samples at 4800 Hz and 50 Hz
    before, after = v1[:cycle * 4], v1[-cycle * 4:]
    rms = [math.sqrt(sum(x * x for x in part) / len(part)) for part in (before, after)]
    say(abs(rms[0] - 230) < 0.5 and abs(rms[1] - 138) < 0.5, "230 V before the trigger, 138 V after it", [repr(rms)])
    files = sorted(os.path.basename(f) for f in glob.glob(os.path.join(folder, "data", "waveforms", "*")))
    say({"01", "02", "03", "04"} <= set(files), "a file for each", [repr(files)])
    kept = {s["id"]: s for s in run.sets()}
    run.end(signal.SIGKILL)

    torn = os.path.join(folder, "data", "waveforms", "02")
    os.truncate(torn, os.path.getsize(torn) - 1000)
    run = Run(folder, 1)
    sets = {s["id"]: s for s in run.sets()}
    expect("after a kill they are as they were, but for one whose file was torn",
           {n: s for n, s in sets.items() if n in kept}, {n: s for n, s in kept.items() if n != 2})
    newest = max(sets)
    time.sleep(0.5)
    said = run.end(signal.SIGTERM)
    say("waveforms/02" in said, "which is said", [said])
    run = Run(folder, 1)
    last = run.sets()[0]
    expect("the stop was a power failure", (last["id"], last["reason"], last["before"]),
           (newest + 1, "power_failure", last["samples"]))
    run.end(signal.SIGINT)


def main():
    with tempfile.TemporaryDirectory() as folder:
        recording(folder)
        instrument(folder)
    finish()


main()
