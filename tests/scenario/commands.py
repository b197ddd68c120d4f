"""The program's words, its help, its exit codes, and what goes to which stream. Prints TAP."""
import json
import os
import subprocess

BUSBAR = os.environ["BUSBAR"]
results = []


def run(*words, **more):
    return subprocess.run([BUSBAR, *words], capture_output=True, text=True, timeout=60, **more)


def ok(condition, text):
    results.append(f"{'ok' if condition else 'not ok'} {len(results) + 1} - {text}")


def quiet(r, code):
    """A refusal: the code, nothing on standard output, one line on standard error."""
    return r.returncode == code and not r.stdout and r.stderr.count("\n") == 1


r = run("--version")
ok(r.returncode == 0 and r.stdout.startswith("busbar ") and not r.stderr, "--version prints the version")

r = run("--help")
ok(r.returncode == 0 and "quantities" in r.stdout and not r.stderr, "--help goes to standard output")
commands = [line.split()[0] for line in r.stdout.split("Commands:")[1].split("\n\n")[0].splitlines() if line]

helps = [run(c, "--help") for c in commands]
ok(all(h.returncode == 0 and h.stdout.startswith("Usage: busbar " + c) and not h.stderr
       for c, h in zip(commands, helps)), f"each of {', '.join(commands)} has --help")

refused = [run(c, "--no-such-option") for c in commands]
ok(all(quiet(x, 2) for x in refused), "each refuses an unknown option with exit code 2 and one line")

r = run()
ok(r.returncode == 2 and "Commands:" in r.stderr and not r.stdout, "no word at all is wrong usage")
r = run("quantites")
ok(quiet(r, 2) and "did you mean quantities?" in r.stderr, "a slip of the pen gets a suggestion")
r = run("zzzzzz")
ok(quiet(r, 2) and "--help" in r.stderr, "another word is sent to --help")

r = run("quantities", "--json")
document = json.loads(r.stdout)
quantities = document["quantities"]
names = [q["name"] for q in quantities]
ok(document["schema"] == "busbar-quantities/1" and len(names) == len(set(names)) > 150
   and {"F", "V1", "THD_U31", "EA_POS_T8", "PLT"} <= set(names), "quantities --json has every name once")
ok([q["slot"] for q in quantities] == list(range(len(quantities))), "slots are in order, without a hole")
r = run("quantities")
rows = r.stdout.splitlines()[1:]
ok([row.split()[0] for row in rows] == names, "the columns tell the same names")
starts = {len(row) - len(q["meaning"]) for row, q in zip(rows, quantities)}
ok(len(starts) == 1, "the columns are aligned, degree signs or not")

with open("/dev/full", "w") as full:
    r = subprocess.run([BUSBAR, "quantities"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
ok(r.returncode == 3 and "standard output" in r.stderr, "a full disk is the machine's fault")

print(f"1..{len(results)}")
print("\n".join(results))
raise SystemExit(any(x.startswith("not") for x in results))
