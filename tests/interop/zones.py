"""The reader of the zone database against Python's own (zoneinfo): every zone, around each change of clocks and at
random instants from 1900 to 2150, UTC to local time and back.

zones.py ZONE_DUMP
"""
import datetime
import os
import random
import subprocess
import sys
import zoneinfo

from tap import finish, say, skip

DUMP = sys.argv[1]
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
SLOW = "BUSBAR_SLOW" in os.environ


def second(year, month=1, day=1):
    return int((datetime.datetime(year, month, day) - EPOCH).total_seconds())


def ask(lines):
    done = subprocess.run([DUMP], input="".join(line + "\n" for line in lines), capture_output=True, text=True,
                          timeout=250, check=True)
    return done.stdout.splitlines()


def time_of(utc, zone):
    return datetime.datetime.fromtimestamp(utc, UTC).astimezone(zone)


def local_answer(local, zone):
    """What zone_utc tells, by trying every offset that holds within two days around: slow and obvious."""
    wall = EPOCH + datetime.timedelta(seconds=local)
    found = set()
    for fold in (0, 1):
        utc = int((wall.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) - EPOCH).total_seconds())
        if time_of(utc, zone).replace(tzinfo=None) == wall:
            found.add(utc)
    if found:
        return len(found) - 1, min(found), max(found)
    low, high = local - 2 * 86400, local + 2 * 86400  # the one jump between them
    offset = time_of(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if time_of(middle, zone).utcoffset() == offset else (low, middle)
    return 2, high, high


names = sorted(name for name in zoneinfo.available_timezones() if name != "localtime" and not name.startswith("right/"))
if not names:
    skip("every zone", "no zone database here")
    finish()
pick = random.Random(8536)
zones, questions, expected = 0, [], []
for name in names if SLOW else names[::4] + ["Europe/Paris", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu",
                                               "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin",
                                               "Pacific/Apia", "America/St_Johns", "Africa/El_Aaiun", "Antarctica/Troll"]:
    zone = zoneinfo.ZoneInfo(name)
    zones += 1
    questions.append(f"Z {name}")
    expected.append("ok")
    instants = [pick.randrange(second(1900), second(2150)) for _ in range(60)]
    step = 86400 * 5
    for at in range(second(1965), second(2045), step):  # changes of clocks, to the second
        low, high = at, at + step
        if time_of(low, zone).utcoffset() == time_of(high, zone).utcoffset():
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if time_of(middle, zone).utcoffset() == time_of(low, zone).utcoffset() else (low, middle)
        instants += [high - 1, high, high + 1]
    for utc in instants:
        there = time_of(utc, zone)
        questions.append(f"U {utc}")
        expected.append((int(there.utcoffset().total_seconds()), there.tzname()))
    for utc in instants[60:][:150]:
        for shift in (-3600, -1800, 0, 1799, 1800, 3599, 3600):
            local = int((time_of(utc, zone).replace(tzinfo=None) - EPOCH).total_seconds()) + shift
            questions.append(f"L {local}")
            expected.append(local_answer(local, zone))
answers = ask(questions)
wrong = []
changes = 0
for question, answer, right in zip(questions, answers, expected):
    if question[0] == "Z":
        name = question[2:]
        good = answer == right
    elif question[0] == "U":
        words = answer.split()
        good = (int(words[0]), words[1]) == right
        until = int(words[2])
        changes += until > 0
        good = good and (until == 0 or until > int(question[2:]))
    else:
        good = tuple(map(int, answer.split())) == right
    if not good:
        wrong.append(f"{name} {question}: {answer}, expected {right}")
say(len(answers) == len(questions) and not wrong,
    f"{zones} zones, {len(questions)} questions: as zoneinfo answers them", [f"{len(wrong)} wrong"] + wrong[:20])
say(changes > 1000, "changes lie ahead of many instants", [str(changes)])

told = ask(["Z Europe/Pariss", "Z ../../../etc/passwd", "Z /etc/localtime", "Z Europe", "Z Europe/Paris/", "Z Nowhere",
            "Z zone.tab"])
say("did you mean Europe/Paris?" in told[0], "a slip of the pen gets an offer", told)
say(all(line.startswith("no time zone") for line in told[1:6]), "what is no name of a zone is none", told)
say("header" in told[6] or "no time zone" in told[6], "a file of another kind is refused", told)
os.environ["TZDIR"] = "/nonexistent"
told = ask(["Z Europe/Paris", "Z UTC", "U 0"])
say("no zone database" in told[0] and told[1] == "ok" and told[2] == "0 UTC 0", "without a database there is UTC", told)
finish()
