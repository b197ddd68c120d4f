"""examples/firmware/feed.c: not longer than it says in the docs, and every window's P is that of its formula.

feed.py FILE COMMAND...
"""
import math
import re
import subprocess
import sys

from tap import finish, say

with open(sys.argv[1], encoding="utf-8") as file:
    lines = len(file.readlines())
say(lines <= 60, f"the example has {lines} lines, 60 at most")

done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
powers = [float(p) for p in re.findall(r"^\d+ ms: P (\S+) W$", done.stdout, re.MULTILINE)]
expected = 3 * 230 * 10 * math.cos(math.pi / 6)
say(done.returncode == 0 and len(powers) == 9, "it meters nine windows of its two seconds", done.stdout.splitlines())
say(powers and all(abs(p - expected) < 0.01 for p in powers), f"each with {expected:.2f} W", [str(powers)])
finish()
