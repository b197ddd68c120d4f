"""Runs one of the page's own test programs (www/test/*.mjs), which print TAP.

Node and the packages of www/package-lock.json are needed to build and test the page, not to run the
program: where they cannot be had the test is skipped and says so.
"""
import fcntl
import os
import shutil
import subprocess
import sys

www = os.path.join(os.environ.get("TEST_ROOT", os.path.join(os.path.dirname(__file__), "../..")), "www")


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def installed():
    """The packages are those of the lock file: npm writes its own copy of it when it has installed."""
    try:
        marker = os.path.getmtime(os.path.join(www, "node_modules/.package-lock.json"))
        return marker >= os.path.getmtime(os.path.join(www, "package-lock.json"))
    except OSError:
        return False


def install():
    """Once, also when several tests begin together."""
    with open(os.path.join(www, "package-lock.json")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed():
            return
        if not shutil.which("npm"):
            skip("no npm here")
        done = subprocess.run(["npm", "ci"], cwd=www, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=280)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["?"])[-1]
            skip(f"npm cannot install the packages: {last}")


def main():
    node = shutil.which("node")
    if not node:
        skip("no Node here")
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    if int(version.lstrip("v").split(".")[0]) < 18:
        skip(f"Node {version.strip()} is older than 18")
    install()
    sys.stdout.flush()
    os.chdir(www)
    os.execv(node, [node, f"test/{sys.argv[1]}.mjs"])


main()
