"""The test runner itself: what it takes for a failure."""
import importlib.machinery
import importlib.util
import os
import sys
import time

from tap import finish, say

ROOT = os.environ["TEST_ROOT"]
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("runner", f"{ROOT}/tests/run")
runner = importlib.util.module_from_spec(importlib.util.spec_from_loader("runner", loader))
loader.exec_module(runner)


def verdicts(script, seconds=20):
    outcome = runner.run_program("planted", ["/bin/sh", "-c", script], {}, "/", seconds)
    return tuple(outcome.count(v) for v in ("passed", "failed", "skipped"))


def expect(script, counts, text, seconds=20):
    found = verdicts(script, seconds)
    say(found == counts, text, [f"expected {counts}, found {found}"] if found != counts else [])


expect("echo 1..2; echo ok 1 - a; echo ok 2 - b", (2, 0, 0), "counts what passed")
expect("echo ok 1 - a; echo 1..1", (1, 0, 0), "takes the plan at the end too")
expect("echo 1..1; echo ok 1; echo 1..2; echo ok 1; echo ok 2", (3, 0, 0), "adds up the plans of several groups")
expect("echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1", (1, 1, 0), "counts what failed, once")
expect("echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP no network'", (1, 0, 1), "counts what was skipped")
expect("echo 1..1; echo 'not ok 1 # SKIP name_of_test'", (0, 0, 1), "also as cmocka says it")
expect("echo 1..1; echo 'not ok 1 - a # SKIP b'; exit 1", (0, 1, 0), "but what is not ok cannot be skipped otherwise")
expect("echo '1..0 # SKIP no recordings here'", (0, 0, 1), "a program that skips all is one skipped")
expect("echo hello", (0, 1, 0), "no TAP is a failure")
expect("echo 1..3; echo ok 1; echo ok 2", (2, 1, 0), "fewer results than planned is a failure")
expect("echo 1..1; echo ok 1; echo ok 2", (2, 1, 0), "more results than planned is a failure")
expect("echo 1..1; echo ok 1; exit 3", (1, 1, 0), "a code at the end is a failure though all was ok")
expect("echo 1..1; echo not ok 1; kill -SEGV $$", (0, 2, 0), "a death is a failure beside those it told")
expect("echo 1..1; echo ok 1; kill -ABRT $$", (1, 1, 0), "so is an abort after the last result")

begun = time.monotonic()
expect("echo 1..1; echo ok 1; sleep 60 & sleep 60", (1, 1, 0), "too long is a failure", seconds=1)
say(time.monotonic() - begun < 20, "and is ended with its children")

marker = f"/tmp/busbar-runner-{os.getpid()}"
verdicts(f"(sleep 1; touch {marker}) & echo 1..1; echo ok 1")
time.sleep(1.5)
say(not os.path.exists(marker), "what a test leaves running is ended with it")
finish()
