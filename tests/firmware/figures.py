"""What the core takes of a Cortex-M7 stays what a firmware engineer was told: limits, and docs/firmware.md."""
import importlib.machinery
import importlib.util
import os
import sys

from tap import finish, say

ROOT, BUILD = os.environ["TEST_ROOT"], os.environ["BUILD"]
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("figures", f"{ROOT}/tools/firmware-figures")
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("figures", loader))
loader.exec_module(tool)

memory, runs = tool.run_on_board(f"{BUILD}/tests/firmware/figures")
core, mathematics, variables = tool.flash_of(f"{BUILD}/tests/firmware/feed.map")
print(f"# {core} bytes of flash, {mathematics} of mathematics; {memory}; {runs}")


def fits(rate, loads, no_spectra, kib):
    size = memory[rate, loads, no_spectra]
    say(size <= kib * 1024, f"{loads} loads at {rate} Hz{', no spectra,' if no_spectra else ''} fit into {kib} KiB",
        [f"{size / 1024:.1f} KiB"])


fits(4000, 1, False, 320)
fits(4000, 1, True, 192)
fits(8000, 1, False, 512)
say(40 * 1024 < core < 160 * 1024, "the core fits into 160 KiB of flash", [f"{core} bytes"])
say(variables == 0, "it has no static variables", [f"{variables} bytes"])
say(all(1024 < run["stack"] < 8192 for run in runs.values()), "8 KiB of stack are enough", [str(runs)])
say(all(run["windows"] >= 14 and 0 < run["second"] < 150e6 for run in runs.values()),
    "a second of signal takes less than 150 million instructions", [str(runs)])
finish()
