"""The core compiles for other processors, as far as compilers and C libraries for them are at hand."""
import glob
import os
import shutil
import subprocess
import tempfile

from tap import finish, say, skip

ROOT = os.environ["TEST_ROOT"]
TARGETS = {
    "x86 (32 bit)": ["gcc", "-m32"],
    "ARM (32 bit)": ["arm-linux-gnueabihf-gcc"],
    "ARM (64 bit)": ["aarch64-linux-gnu-gcc"],
    "RISC-V": ["riscv64-linux-gnu-gcc"],
}
PROBE = "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n#include <assert.h>\nint probe(void) { return 0; }\n"
FILES = sorted(f for f in glob.glob(f"{ROOT}/src/metrology/*.c") + [f"{ROOT}/src/quantity/quantity.c"]
               if "_avx" not in f)


def run(command, folder, file):
    return subprocess.run([*command, "-std=c11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-psabi",
                           f"-I{ROOT}/src", "-c", file, "-o", os.path.join(folder, "out.o")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


with tempfile.TemporaryDirectory() as folder:
    probe = os.path.join(folder, "probe.c")
    with open(probe, "w", encoding="utf-8") as out:
        out.write(PROBE)
    for name, command in TARGETS.items():
        text = f"the core compiles for {name}"
        if not shutil.which(command[0]) or run(command, folder, probe).returncode:
            skip(text, "no compiler here")
            continue
        said = [line for f in FILES for line in run(command, folder, f).stdout.decode().splitlines()]
        say(not said, text, said[:30])
finish()
