"""busbar check: what it prints where, and its exit codes."""
import os
import subprocess
import tempfile

from tap import finish, say

BUSBAR = os.environ["BUSBAR"]
DEMO = os.path.join(os.environ["TEST_ROOT"], "src/config/demo.yaml")


def run(*words):
    return subprocess.run([BUSBAR, "check", *words], capture_output=True, timeout=60, check=False)


good = run(DEMO)
rows = [line.split() for line in good.stdout.decode().splitlines()]
profiles = [row[1] for row in rows if row and row[0].isdigit() and len(row) > 1 and "-" in row[1]]
say(good.returncode == 0 and not good.stderr, "a good file: exit code 0, nothing on standard error")
say(profiles == ["D-70", "U-30", "I-35", "I-45", "I-35", "A-200", "I-35"], "the summary lists its devices", profiles)

with tempfile.TemporaryDirectory() as scratch:
    def file(name, content):
        path = os.path.join(scratch, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    bad = file("bad.yaml", b"busbar: 1\nnam: x\ndevices:\n- profile: I-54\n- {profile: U-30, address: 0}\n")
    told = run(bad)
    lines = told.stderr.decode().splitlines()
    say(told.returncode == 1 and not told.stdout and len(lines) == 3, "three faults: exit code 1, three lines", lines)
    say([line.split(": ")[0] for line in lines] == [f"{bad}:2:1", f"{bad}:4:12", f"{bad}:5:28"],
        "each line begins with file:line:column", lines)

    printed = run("--print-config", DEMO)
    again = run("--print-config", file("again.yaml", printed.stdout))
    say(printed.returncode == again.returncode == 0 and printed.stdout == again.stdout and b"overcurrent: 120 %" in
        printed.stdout, "--print-config prints a file that says the same, defaults included")

    folder = run(scratch)
    say(folder.returncode == 1 and b"directory" in folder.stderr, "a folder is no installation file")
    for name, content in (("binary", bytes(range(256))), ("empty", b""), ("deep", b"[" * 100000),
                          ("bomb", b"a: &a [x,x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (i, i) for i in range(9)))):
        told = run(file(name, content))
        say(told.returncode == 1 and told.stderr.count(b"\n") == 1, f"{name}: one sentence", [told.stderr[:200]])

say(run(os.path.join("/nonexistent", "x.yaml")).returncode == 1, "a file that is not there is the input's fault")
say(run().returncode == 2 and run(DEMO, DEMO).returncode == 2, "no file and two files are wrong usage")
full = open("/dev/full", "wb")
told = subprocess.run([BUSBAR, "check", DEMO], stdout=full, stderr=subprocess.PIPE, check=False)
say(told.returncode == 3, "a full disk is the machine's fault")
finish()
