"""cppcheck over the sources, with the switches that the program is built with."""
import os
import subprocess

from tap import finish, say

ROOT = os.environ["TEST_ROOT"]
cache = os.path.join(os.environ["BUILD"], "cppcheck")
os.makedirs(cache, exist_ok=True)
done = subprocess.run(
    ["cppcheck", "-q", "-j2", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr",
     "--error-exitcode=1", f"--cppcheck-build-dir={cache}", "--library=posix",
     f"--suppressions-list={ROOT}/tools/cppcheck-suppressions.txt", "-D_GNU_SOURCE",
     '-DBUSBAR_VERSION="0"', "-Isrc", "src", "bench"],
    cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
say(done.returncode == 0, "cppcheck has nothing to say", done.stdout.decode().splitlines()[:60])
finish()
