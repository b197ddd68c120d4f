"""What every file of the project keeps to, as far as a look at the text can tell."""
import json
import os
import re
import subprocess

from tap import finish, say

ROOT = os.environ["TEST_ROOT"]
os.chdir(ROOT)


def project_files():
    """What git knows of; in an unpacked archive without git, everything but the build trees."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
    else:
        names = [os.path.relpath(os.path.join(folder, n)) for folder, _, ns in os.walk(".") for n in ns
                 if not re.match(r"\./(build|data|www/node_modules)", folder)]
    return sorted(n for n in names if n and os.path.isfile(n))


def text_of(name):
    with open(name, "rb") as file:
        data = file.read()
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


files = project_files()
texts = {name: text for name in files if (text := text_of(name)) is not None}
ours = {name: text for name, text in texts.items() if not name.startswith("tests/data/")
        and "/corpus/" not in name and not name.endswith("package-lock.json")}
c_files = [n for n in ours if n.endswith((".c", ".h"))]

done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *c_files], stderr=subprocess.PIPE, check=False)
said = [line for line in done.stderr.decode().splitlines() if "error:" in line]
say(done.returncode == 0, f"{len(c_files)} C files are laid out by .clang-format (make format)", said[:40])

CODE = re.compile(r"^(src|tests|bench|www)/.*\.(c|h|ts|tsx|py)$")
LONG = {n: t.count("\n") for n, t in ours.items() if CODE.match(n) and t.count("\n") > 800}
say(not LONG, "no source file is longer than 800 lines", [f"{n}: {lines} lines" for n, lines in LONG.items()])

bare = [n for n in c_files if n.startswith("src/") and n.endswith(".h") and not ours[n].startswith("/*")]
say(not bare, "every header opens by saying what it is for", bare)

unguarded = []
for name in c_files:
    body = "Included by" in ours[name].split("*/")[0]  # a body of code for several files, which says so
    if name.startswith("src/") and name.endswith(".h") and not body:
        guard = re.sub(r"\W", "_", name.removeprefix("src/")).upper()
        if not re.search(rf"#ifndef (\w+_)?{guard}\n#define (\w+_)?{guard}\n", ours[name]):
            unguarded.append(f"{name}: expected {guard}")
say(not unguarded, "every header is guarded by its own name", unguarded)

ragged = [f"{n}:{i}" for n, t in ours.items() if n.endswith((".c", ".h", ".py", ".ts", ".tsx", ".build", ".def"))
          for i, line in enumerate(t.split("\n"), 1) if line != line.rstrip()]
say(not ragged, "no line ends in blanks", ragged[:20])

# Paths of one machine, and hosts that its package clients are set to.
PATHS = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work)/\w")
strange = [f"{n}:{i}: {line.strip()[:100]}" for n, t in texts.items() if "/corpus/" not in n
           for i, line in enumerate(t.split("\n"), 1) if PATHS.search(line)]
say(not strange, "no file names a path of somebody's machine", strange[:20])


def package_hosts():
    """Hosts that this machine fetches packages from, the well-known public ones left out."""
    said = []
    for folder in ("/etc/apt", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d"):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    said.append(file.read())
    for path in (os.path.expanduser("~/.npmrc"), "/etc/npmrc"):
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                said.append(file.read())
    said += [value for key, value in os.environ.items() if re.search(r"(?i)registry|index_url|proxy", key)]
    hosts = set(re.findall(r"https?://(?:[^/@\s\"']*@)?([\w.-]+)", "\n".join(said)))
    return {h for h in hosts if not re.search(r"(^|\.)(debian\.org|github\.com)$|^localhost$|^127\.", h)}


hosts = package_hosts()
named = [f"{n}: {h}" for n, t in texts.items() for h in hosts if h in t]
say(not named, "no file names the host of a package registry", named[:20])

locked = []
for name in files:
    if os.path.basename(name) == "package-lock.json":
        with open(name, encoding="utf-8") as file:
            entries = json.load(file).get("packages", {})
        locked += [f"{name}: {path}" for path, entry in entries.items() if "resolved" in entry]
say(not locked, "lock files name packages and checksums, not hosts", locked[:20])

LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
pages = {n: t for n, t in ours.items() if n.endswith(".md")}
dead = [f"{n}: {target}" for n, t in pages.items() for target in LINK.findall(t)
        if not os.path.exists(os.path.join(os.path.dirname(n), target))]
say(not dead, "every link from page to page leads somewhere", dead)

index = ours["docs/index.md"]
unlisted = [n for n in pages if n.startswith("docs/") and n != "docs/index.md"
            and f"]({n.removeprefix('docs/')})" not in index]
say(not unlisted, "docs/index.md names every page of docs/", unlisted)

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
open_ends = [f"{n}:{i}" for n, t in ours.items() if CODE.match(n) and n != "tests/static/sources.py"
             for i, line in enumerate(t.split("\n"), 1) if UNFINISHED.search(line)]
say(not open_ends, "nothing is marked as unfinished", open_ends[:20])
finish()
