"""`busbar analyse --aggregates`: from the recording's own time, against what its windows give."""
import json
import math
import os
import subprocess
import tempfile

from tap import finish, say

RATE, HZ, SECONDS = 800, 49.9, 21
ARGUMENTS = ["--json", "-", "--aggregates", "--windows", "--channels", "V1,I1", "--nominal-voltage", "230"]


def record(path):
    """A voltage that has another level each second, and a current that lags by 60 degrees; 10 minutes of its own time
    are never full."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("t,V1,I1\n")
        for n in range(RATE * SECONDS):
            t = n / RATE
            level = 1 + 0.05 * math.sin(1 + int(t))
            turn = 2 * math.pi * HZ * t
            file.write(f"{t:.8f},{230 * math.sqrt(2) * level * math.sin(turn):.6f},"
                       f"{4 * math.sqrt(2) * math.sin(turn - math.pi / 3):.6f}\n")


def analyse(path):
    done = subprocess.run([os.environ["BUSBAR"], "analyse", path, *ARGUMENTS], capture_output=True, check=False, timeout=60)
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    return json.loads(done.stdout)


def fault_of(aggregate, windows):
    """Why the aggregate is not that of these windows; None if it is."""
    values = [w["values"] for w in windows]
    n = len(values)
    expected = {"V1": math.sqrt(sum(v["V1"] ** 2 for v in values) / n), "I1": math.sqrt(sum(v["I1"] ** 2 for v in values) / n),
                "P": sum(v["P"] for v in values) / n, "S": sum(v["S"] for v in values) / n,
                "F": sum(v["F"] for v in values) / n,
                "UNDER_V1": 100 - math.sqrt(sum((100 - v["UNDER_V1"]) ** 2 for v in values) / n)}
    expected["PF"] = expected["P"] / expected["S"]
    for name, value in expected.items():
        if not math.isclose(aggregate["values"][name], value, rel_tol=1e-9, abs_tol=1e-9):
            return f"{name} is {aggregate['values'][name]}, by the windows {value}"
    if aggregate["windows"] != n or aggregate["cycles"] != sum(w["cycles"] for w in windows):
        return f"{aggregate['windows']} windows and {aggregate['cycles']} cycles of {n}"
    return None


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "levels.csv")
        record(path)
        result = analyse(path)
    windows, aggregates = result["windows"], result["aggregates"]
    say(100 < len(windows) < 106, "windows of ten cycles", [str(len(windows))])
    three = [a for a in aggregates if a["span"] == "150cycles"]
    say(len(three) == math.ceil(len(windows) / 15), "fifteen windows each, and the rest", [str(len(three))])
    for i, a in enumerate(three):
        of = windows[15 * i:15 * i + 15]
        fault = fault_of(a, of)
        say(fault is None, f"150 cycles, number {i + 1}", [fault])
        whole = len(of) == 15
        say(("incomplete" in a["quality"]) != whole and a["windows_expected"] == 15, f"number {i + 1} is " +
            ("complete" if whole else "incomplete"), [str(a["quality"])])
    for span, end_s in (("10min", 600), ("2h", 7200)):
        found = [a for a in aggregates if a["span"] == span]
        say(len(found) == 1 and "incomplete" in found[0]["quality"] and found[0]["end_s"] == end_s and found[0]["start_s"] == 0,
            f"{span}: one that is incomplete", [str([{k: v for k, v in a.items() if k != "values"} for a in found])])
    fault = fault_of(next(a for a in aggregates if a["span"] == "10min"), windows)
    say(fault is None, "the ten minutes are all windows", [fault])
    finish()


main()
