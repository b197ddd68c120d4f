"""The pages of docs/ against the program: parts that it tells, examples that it must take."""
import glob
import os
import re
import subprocess
import tempfile

from tap import finish, say

ROOT = os.environ["TEST_ROOT"]
BUSBAR = os.environ["BUSBAR"]


def run(*words):
    return subprocess.run([BUSBAR, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


stale = subprocess.run([os.path.join(ROOT, "tools/docs"), "--check"], stdout=subprocess.PIPE, check=False)
say(stale.returncode == 0, "the pages tell what the program tells (make docs)", stale.stdout.decode().splitlines())

with open(os.path.join(ROOT, "docs/installation.md"), encoding="utf-8") as file:
    page = file.read()
with open(os.path.join(ROOT, "src/config/settings.def"), encoding="utf-8") as file:
    lines = file.read().split("*/", 1)[1]
keys = set(re.findall(r'^[A-Z_]+\(\w+, "(\w+)"', lines, re.M)) - {""}
missing = sorted(k for k in keys if f"| `{k}` |" not in page)
say(len(keys) > 50 and not missing, f"docs/installation.md says each of {len(keys)} keys", missing)

with tempfile.TemporaryDirectory() as scratch:
    blocks = re.findall(r"^```yaml\n(busbar: 1.*?)^```", page, re.S | re.M)
    told = []
    for i, block in enumerate(blocks):
        path = os.path.join(scratch, f"{i}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(block)
        told.append(run("check", path))
    faults = [line for t in told if t.returncode for line in t.stdout.decode().splitlines()]
    say(len(blocks) >= 2 and not faults, "the files on the page are good", faults)
    say(told[0].stdout.decode() in page, "what check answers to the first is what the page shows")

names = sorted(glob.glob(os.path.join(ROOT, "examples/*.yaml"))) + [os.path.join(ROOT, "src/config/demo.yaml")]
faults = [line for name in names for t in [run("check", name)] if t.returncode for line in t.stdout.decode().splitlines()]
say(len(names) > 4 and not faults, f"{len(names)} examples are good", faults)

with open(os.path.join(ROOT, "examples/README.md"), encoding="utf-8") as file:
    listed = file.read()
unlisted = [os.path.basename(n) for n in names if f"{os.path.basename(n)})" not in listed]
say(not unlisted, "each of them is listed in examples/README.md", unlisted)
finish()
