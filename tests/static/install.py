"""`make install` into a folder: the program runs from there, and what lies beside it speaks of the same program."""
import os
import re
import shutil
import subprocess
import tempfile

from tap import finish, say, skip

ROOT, BUILD = os.environ["TEST_ROOT"], os.environ["BUILD"]


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)


with tempfile.TemporaryDirectory() as top:
    if os.path.samefile(BUILD, os.path.join(ROOT, "build")):
        done = run("make", "--no-print-directory", "-C", ROOT, "install", f"DESTDIR={top}")
    else:
        done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", top)
    say(done.returncode == 0, "make install", done.stdout.decode().splitlines()[-20:])
    there = sorted(os.path.relpath(os.path.join(folder, name), top)
                   for folder, _, names in os.walk(top) for name in names)

    def find(ending):
        hits = [os.path.join(top, name) for name in there if name.endswith(ending)]
        return hits[0] if len(hits) == 1 else None

    program, page, unit = find("bin/busbar"), find("man/man1/busbar.1"), find("systemd/system/busbar.service")
    say(all([program, page, unit, find("doc/busbar/LICENSE"), find("doc/busbar/README.md")]),
        "program, man page, service, licence and README are there", there)

    version = run(program, "--version")
    say(version.returncode == 0 and re.search(rb"\d+\.\d+\.\d+", version.stdout), "the installed program runs",
        [version.stdout.decode()])

    said = run(program, "--help").stdout.decode()
    commands = re.findall(r"^  (\w+)  ", said, re.MULTILINE)
    with open(page, encoding="utf-8") as file:
        manual = file.read()
    missing = [c for c in commands if f"\n.TP\n.B {c}\n" not in manual]
    say(commands and not missing, "the man page has every command of --help", missing)

    with open(unit, encoding="utf-8") as file:
        service = file.read()
    start = re.search(r"^ExecStart=(\S+)", service, re.MULTILINE)[1]
    say(os.path.join(top, start.lstrip("/")) == program and "@" not in start,
        "the service starts the program where it was installed", [start])

    describes = find("pkgconfig/metrology.pc")
    flags = run("pkg-config", "--cflags", "--libs", "metrology", env={
        **os.environ, "PKG_CONFIG_SYSROOT_DIR": top, "PKG_CONFIG_LIBDIR": os.path.dirname(describes or "")}).stdout.decode()
    feed = os.path.join(top, "feed")
    done = run("gcc", "-std=c11", "-o", feed, f"{ROOT}/examples/firmware/feed.c", *flags.split())
    made = run(feed) if done.returncode == 0 else done
    say(done.returncode == 0 and made.returncode == 0 and b" W\n" in made.stdout and f"{top}/" in flags,
        "examples/firmware/feed.c builds on the installed libmetrology.a and runs", [flags, made.stdout.decode()])

    if shutil.which("man"):
        done = run("man", "--warnings", "-l", page, env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        say(done.returncode == 0 and b"warning" not in done.stdout, "man shows the page without a warning",
            done.stdout.decode().splitlines()[:10])
    else:
        skip("man shows the page without a warning", "no man here")

    if shutil.which("systemd-analyze"):
        at_home = os.path.join(top, "busbar.service")  # as if the program stood where the file says
        with open(at_home, "w", encoding="utf-8") as file:
            file.write(service.replace(start, program))
        done = run("systemd-analyze", "verify", "--man=no", at_home)
        say(done.returncode == 0, "systemd takes the service file", done.stdout.decode().splitlines())
    else:
        skip("systemd takes the service file", "no systemd here")
finish()
