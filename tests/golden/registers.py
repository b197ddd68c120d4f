"""The Modbus map against its golden file and against the published tables."""
import csv
import os
import subprocess

from tap import finish, say, skip

ROOT = os.environ["TEST_ROOT"]
SHARED = os.environ.get("BUSBAR_SHARED", os.path.join(ROOT, "..", "shared"))
GOLDEN = os.path.join(ROOT, "tests/golden/registers.csv")
KEYS = ("words", "type", "scale", "access")


def served(*words):
    done = subprocess.run([os.environ["BUSBAR"], "registers", "--csv", *words], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def rows_of(text):
    return list(csv.DictReader(text.splitlines()))


now = served()
with open(GOLDEN, encoding="utf-8") as file:
    golden = file.read()
changed = sorted(set(now.splitlines()) ^ set(golden.splitlines()))
say(now == golden, "the map is that of tests/golden/registers.csv: no register moved unseen", changed[:20])

rows = rows_of(now)
ends = [(int(r["address"]), int(r["address"]) + int(r["words"])) for r in rows]
say(all(a[1] <= b[0] for a, b in zip(ends, ends[1:])), "rows stand by address and none overlaps the next")
whole = {r["address"]: r for r in rows}

for profile, blocks in (("U-30", {"Network settings", "Network", "Network, fundamental", "Network, harmonics of V",
                                  "Network, harmonics of U", "Identification"}),
                        ("I-35", {"Network settings", "Sensors", "Load settings", "Load", "Load, fundamental",
                                  "Load, harmonics of I", "Load, energies", "Identification"}),
                        ("D-70", {"Identification"})):
    mine = rows_of(served("--profile", profile))
    say({r["block"] for r in mine} == blocks and all(whole[r["address"]] == r for r in mine),
        f"{profile} has its blocks and no other")

reference = os.path.join(SHARED, "reference/registers_digiware.csv")
if not os.path.exists(reference):
    skip("every row of the served blocks is the published one", "no reference tables here")
    finish()

with open(reference, encoding="utf-8") as file:
    published = [r for r in csv.DictReader(file) if r["family"] == "digiware_b30"]
# Panel meters also serve what their forerunners did. Rows of theirs that contradict each other are left out of the
# comparison: 50780 ... are pulse meters on an A-40 and partial energies on an A-10.
OLD = {"Panel meter, before 2009": ("a20_a40_pre2009",), "Panel meter": ("a40_2009", "a10"),
       "Panel meter, energies": ("a10", "a40_2009"), "Panel meter, distortion": ("a40_2009", "a10")}
with open(os.path.join(SHARED, "reference/registers_legacy.csv"), encoding="utf-8") as file:
    legacy = list(csv.DictReader(file))
for name, families in OLD.items():
    mine, wrong, compared = {r["address"]: r for r in rows if r["block"] == name}, [], 0
    for address, row in mine.items():
        e = next((r for f in families for r in legacy if r["family"] == f and r["address_dec"] == address), None)
        # The A-40 gives a distortion as a part of 1 (0.001), the map in percent (0.1): the same word.
        scale = {"0.001": "0.1"}.get(e["scale"], e["scale"]) if e and "thd" in e["quantity"] else e and e["scale"]
        scale = "0.001" if e and "Power factor phase" in e["quantity"] else scale  # the table's 1 is a slip: PF beside it has 0.001
        compared += bool(e)
        if not e or e["words"] != row["words"] or e["type"] != row["type"] or scale != row["scale"]:
            wrong.append(f"{address}: published {e and [e[k] for k in KEYS]}, served {[row[k] for k in KEYS]}")
    say(mine and not wrong, f"{name}: {compared} rows with the published words, type and scale", wrong)

group = {r["address_dec"]: r["quantity"].split(":")[0] for r in published}
for name in dict.fromkeys(r["block"] for r in rows if r["block"] not in OLD):
    first = next(r["address"] for r in rows if r["block"] == name)
    expected = {r["address_dec"]: r for r in published if group[r["address_dec"]] == group.get(first)}
    mine = {r["address"]: r for r in rows if r["block"] == name}
    wrong = [f"{a}: published {[e[k] for k in KEYS]}, served {[mine[a][k] for k in KEYS] if a in mine else None}"
             for a, e in expected.items() if a not in mine or any(e[k] != mine[a][k] for k in KEYS)]
    wrong += [f"{a}: served, not published" for a in mine if a not in expected]
    say(expected and not wrong, f"{name}: {len(expected)} rows with the published words, type, scale and access", wrong)
finish()
