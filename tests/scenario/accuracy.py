"""`make accuracy`: a brief run passes and its report stands alone; a wrong gain fails it. With the argument "all":
every point, as `make accuracy` measures them."""
import csv
import os
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser

from tap import finish, say

ROOT, BUILD = os.environ["TEST_ROOT"], os.environ["BUILD"]


def run(folder, *options):
    done = subprocess.run([f"{ROOT}/tools/accuracy", "--jobs", "2", "--out", folder, *options], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env={**os.environ, "BUILD": BUILD})
    with open(f"{folder}/accuracy.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(f"{folder}/report.html", encoding="utf-8") as file:
        page = file.read()
    return done.returncode, done.stdout.decode().splitlines(), rows, page


class Reader(HTMLParser):
    """What of a page is not closed, and what it would fetch."""
    VOID = {"meta", "br", "i", "circle", "path"}
    LOOSE = {"td", "th", "p", "li"}  # may stay open

    def __init__(self, page):
        super().__init__()
        self.open, self.wrong, self.fetched = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.fetched += [f"{tag} {k}={v}" for k, v in attrs
                         if k in ("src", "srcset", "action") or (k == "href" and not v.startswith("#"))]
        if tag in ("script", "link", "iframe", "img"):
            self.fetched.append(tag)
        if tag not in self.VOID | self.LOOSE:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID | self.LOOSE:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def check_passing(rows, code, said, page, what):
    say(code == 0 and len(rows) > 100, f"{what}: all of {len(rows)} points lie inside of their limits", said[-25:])
    bad = [r for r in rows if r["pass"] != "yes" or (r["limit"] and not abs(float(r["error"])) <= float(r["limit"]))]
    say(not bad, f"{what}: the table says so as well", [str(r) for r in bad[:5]])
    nameless = [r for r in rows if not (r["function"] and r["condition"] and r["source"])]
    say(not nameless, f"{what}: each point has a function, a condition and a source", [str(r) for r in nameless[:5]])
    reader = Reader(page)
    say(not reader.wrong and not reader.open and not reader.fetched and "url(" not in page and "@import" not in page,
        f"{what}: the page is whole and fetches nothing", [str(reader.wrong), str(reader.open), str(reader.fetched[:5])])
    missing = {r["function"] for r in rows} - set(re.findall(r"<tr><th>([^<]*)<", page))
    say(not missing and "All " in page and "<svg" in page, f"{what}: the page shows every function, and plots",
        [str(missing)])


with tempfile.TemporaryDirectory() as temporary:
    if sys.argv[1:] == ["all"]:
        code, said, rows, page = run(temporary)
        check_passing(rows, code, said, page, "everything")
        finish()
    code, said, rows, page = run(temporary, "--brief")
    check_passing(rows, code, said, page, "a brief run")

    functions = {r["function"] for r in rows}
    # half a percent is outside of what the meter alone and an ideal signal may have, and turns no angle
    code, said, rows, page = run(temporary, "--brief", "--wrong-gain", "0.5")
    bad = {r["function"] for r in rows if r["pass"] != "yes"}
    say(code == 1, "a wrong gain of 0.5 %: the run fails with code 1", [f"code {code}", *said[-10:]])
    say({"V", "U", "I", "P", "Q", "S"} <= bad, "it names V, U, I, P, Q and S", [str(sorted(bad))])
    say(not bad & {"F", "phi", "PF", "Unb", "Inba", "THDu", "Udip duration"},
        "but not what a gain leaves alone: frequency, angles, unbalance, distortion, durations", [str(sorted(bad))])
    say(any(line.startswith("outside: ") for line in said) and "outside of their limits" in page and "on purpose" in page,
        "terminal and page tell it", said[-5:])
    say({r["function"] for r in rows} == functions, "and nothing else has changed: the same functions were measured")

    done = subprocess.run([f"{BUILD}/accuracy/busbar-accuracy", "no_such_group"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    say(done.returncode == 2 and b"no_such_group" in done.stderr, "a group that does not exist is named, with code 2")
finish()
