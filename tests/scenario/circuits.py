"""`busbar analyse` on every kind of circuit that a recording can hold: named, and with the power of a formula."""
import cmath
import json
import math
import os
import subprocess
import tempfile

from tap import finish, say

BUSBAR = os.environ["BUSBAR"]
RATE, HZ = 4800, 60


def wave(size, degrees):
    return cmath.rect(size, math.radians(degrees))


def analyse(folder, channels, options=(), installation=None):
    """channels: name to phasor (RMS). The first circuit of the result."""
    path = os.path.join(folder, "recording.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("t," + ",".join(channels) + "\n")
        for n in range(RATE):
            turn = cmath.exp(2j * math.pi * HZ * n / RATE) * math.sqrt(2)
            file.write(f"{n / RATE:.8f}," + ",".join(f"{(x * turn).imag:.7f}" for x in channels.values()) + "\n")
    words = [BUSBAR, "analyse", path, "--json", "-", *options]
    if installation:
        plant = os.path.join(folder, "plant.yaml")
        with open(plant, "w", encoding="utf-8") as file:
            file.write(installation)
        words += ["--installation", plant]
    done = subprocess.run(words, capture_output=True, check=False, timeout=60)
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    return json.loads(done.stdout)["circuits"][0]


def mean(circuit, name):
    return circuit["values"][name]["mean"]


V = [wave(120, a) for a in (0, -120, 120)]
LAG = wave(1, -40)
DELTA = {"U12": V[0] - V[1], "U23": V[1] - V[2], "U31": V[2] - V[0]}
STAR = {"V1": V[0], "V2": V[1], "V3": V[2]}
I3 = [10 * v / 120 * LAG for v in V]
HIGH = {"V1": wave(120, 0), "V2": wave(120, 180), "V3": wave(240 * math.sqrt(0.75), 90)}
PLANT = "busbar: 1\nnetwork: {{type: {}, voltage: {} V, frequency: 60 Hz}}\ndevices:\n  - profile: A-200\n    loads:\n" \
        "      - {{type: {}, rated_current: 20 A{}}}\n"

# what it is, channels, type, P, I1 ... or None, installation
CASES = [
    ("one line voltage and the current at its first end", {"U12": wave(240, 10), "I1": wave(10, -30)}, "2P",
     2400 * math.cos(math.radians(40)), None),
    ("one line voltage and the current at its other end", {"U23": wave(240, 10), "I3": -wave(10, -30)}, "2P",
     2400 * math.cos(math.radians(40)), None),
    ("one line voltage and both currents", {"U12": wave(240, 10), "I1": wave(10, -30), "I2": -wave(10, -30)}, "2P",
     2400 * math.cos(math.radians(40)), None),
    ("two wattmeters", {"U12": DELTA["U12"], "U23": DELTA["U23"], "I1": I3[0], "I3": I3[2]}, "3P",
     3600 * math.cos(math.radians(40)), None),
    ("three line voltages, three currents", {**DELTA, "I1": I3[0], "I2": I3[1], "I3": I3[2]}, "3P",
     3600 * math.cos(math.radians(40)), None),
    ("two legs", {"V1": wave(120, 0), "V2": wave(120, 180), "I1": wave(10, -40), "I2": wave(10, 140)}, "2P+N",
     2400 * math.cos(math.radians(40)), None),
    ("one phase", {"V1": V[0], "I1": I3[0]}, "1P+N", 1200 * math.cos(math.radians(40)), None),
    ("a balanced load of an installation", {**DELTA, "I2": I3[1]}, "3P-1CT", 3600 * math.cos(math.radians(40)),
     PLANT.format("3P", 208, "3P-1CT", ", sensors: [{phase: L2}]")),
    ("a balanced load with neutral", {**STAR, "I1": I3[2]}, "3P+N-1CT", 3600 * math.cos(math.radians(40)),
     PLANT.format("3P+N", 120, "3P+N-1CT", ", sensors: [{phase: L3}]")),
    ("two of three sensors", {**STAR, "I1": I3[0], "I3": I3[2]}, "3P-2CT", 3600 * math.cos(math.radians(40)),
     PLANT.format("3P+N", 120, "3P-2CT", "")),
    ("between two phases", {**STAR, "I2": (V[1] - V[2]) / 20}, "2P-1CT", abs(V[1] - V[2]) ** 2 / 20,
     PLANT.format("3P+N", 120, "2P-1CT", ", sensors: [{phase: L2}]")),
    ("a high leg", {**HIGH, **{f"I{p + 1}": v / 12 for p, v in enumerate(HIGH.values())}}, "3P+high-leg-3CT",
     sum(abs(v) ** 2 for v in HIGH.values()) / 12, PLANT.format("3P+high-leg", 240, "3P+high-leg-3CT", "")),
]

with tempfile.TemporaryDirectory() as scratch:
    for what, given, kind, power, plant in CASES:
        try:
            circuit = analyse(scratch, given, installation=plant)
            off = abs(mean(circuit, "P") / power - 1)
            told = [f"type {circuit['type']}, expected {kind}", f"P {mean(circuit, 'P')}, expected {power}"]
            say(circuit["type"] == kind and off < 5e-5, f"{what}: {kind}", told)
        except (AssertionError, KeyError) as error:
            say(False, f"{what}: {kind}", str(error).splitlines())
finish()
