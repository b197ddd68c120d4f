"""The include arrows of src/ run one way; and the check that says so sees each kind of fault."""
import importlib.machinery
import importlib.util
import os
import re
import sys
import tempfile

from tap import finish, say

ROOT = os.environ["TEST_ROOT"]
sys.dont_write_bytecode = True  # tools/arrows has no .py to keep a cache beside
loader = importlib.machinery.SourceFileLoader("arrows", f"{ROOT}/tools/arrows")
arrows = importlib.util.module_from_spec(importlib.util.spec_from_loader("arrows", loader))
loader.exec_module(arrows)

found = list(arrows.faults(f"{ROOT}/src"))
say(not found, "arrows of src/ run one way", found)

with open(f"{ROOT}/src/meson.build", encoding="utf-8") as file:
    built = [name.split("/")[0] for name in re.findall(r"'([a-z/]+)'", file.read())]
order = [room for room in arrows.ROOMS if room in built]
say(list(dict.fromkeys(built)) == order, "src/meson.build has the rooms in the same order", [str(built)])

# (file, line in it, part of the fault expected; None: it is in order)
PLANTED = [
    ("base/a.h", '#include "table/table.h"', "runs against the data"),
    ("table/a.h", '#include "base/fault.h"', None),
    ("source/a.c", '#include "plant/plant.h"', "runs against the data"),
    ("web/a.c", '#include "app/wire.h"', "nobody includes app"),
    ("app/a.c", '#include "app/wire.h"', None),
    ("metrology/a.c", '#include "port/file.h"', "metrology knows only"),
    ("metrology/a.c", '#include "wave/block.h"', None),
    ("metrology/a.c", "#include <stdio.h>", "metrology only computes"),
    ("metrology/a.c", "#include <stdlib.h>", "metrology only computes"),
    ("metrology/a.c", "  #  include <time.h>", "metrology only computes"),
    ("metrology/a.c", "#include <pthread.h>", "does not know this (os)"),
    ("metrology/a.c", "#include <math.h>", None),
    ("store/a.c", "#include <unistd.h>", "does not know this (os)"),
    ("store/a.c", "#include <sys/stat.h>", "does not know this (os)"),
    ("alarm/a.c", "#include <time.h>", "does not know this (clock)"),
    ("alarm/a.c", "#include <some/new_library.h>", "does not know this (os)"),
    ("table/a.c", "#include <uv.h>", "does not know this (uv)"),
    ("port/a.c", "#include <sys/socket.h>", None),
    ("port/a.c", "#include <time.h>", None),
    ("protocol/modbus/a.c", "#include <uv.h>", None),
    ("protocol/modbus/a.c", '#include "protocol/snmp/a.h"', "does not know another"),
    ("protocol/modbus/a.c", '#include "protocol/modbus/pdu.h"', None),
    ("protocol/modbus/a.c", '#include "pdu.h"', "name it with its room"),
    ("web/a.c", '#include "web/../base/fault.h"', "name it with its room"),
    ("cellar/a.c", "", "not a room"),
    ("a.c", "", "lies in no room"),
]
for name, line, expected in PLANTED:
    with tempfile.TemporaryDirectory() as top:
        path = os.path.join(top, "src", name)
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"/* planted */\n{line}\n")
        found = list(arrows.faults(f"{top}/src"))
    good = not found if expected is None else len(found) == 1 and expected in found[0]
    say(good, f"{name} with {line or 'nothing'}: {expected or 'in order'}", found)
finish()
