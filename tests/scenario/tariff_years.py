"""busbar tariff against an independent slow calendar: every minute of ten years, in zones whose clocks change in
different ways, with calendars made of every kind of rule; and holidays against published dates."""
import csv
import datetime
import io
import json
import os
import random
import subprocess
import tempfile
import zoneinfo

import slow_calendar
from slow_calendar import UTC, MONTHS, NTH, WEEKDAYS, FEASTS
from tap import finish, say, skip

BUSBAR = os.environ["BUSBAR"]
HERE = os.path.dirname(os.path.abspath(__file__))
SLOW = "BUSBAR_SLOW" in os.environ
RATES = ("Off-peak", "Shoulder", "Peak", "Critical")
PLANT = "busbar: 1\nname: Slow\ndevices: [{profile: U-30}]\n"


def run(path, *words):
    return subprocess.run([BUSBAR, "tariff", path, *words], capture_output=True, text=True, timeout=60, check=False)


# --- Calendars by chance ------------------------------------------------------------------------------------

def clock(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def make_schedule(pick, rates):
    """As text, and as the rate of each minute."""
    cuts = sorted(pick.sample(range(15, 1440, 15 if pick.random() < 0.7 else 1), pick.randrange(0, 8)))
    segments, minutes = [], bytearray()
    for begin, end in zip([0] + cuts, cuts + [1440]):
        rate = pick.randrange(rates)
        segments.append(f"{clock(begin)}-{clock(end)} {RATES[rate]}")
        minutes += bytes([rate + 1]) * (end - begin)
    pick.shuffle(segments)
    return "[" + ", ".join(segments) + "]", minutes


def make_rule(pick, month=None, feasts=True):
    name = MONTHS[month - 1 if month else pick.randrange(12)]
    day = pick.randrange(1, 29)
    return pick.choice([
        f"{day} {name}",
        f"{pick.choice(list(NTH))} {pick.choice(WEEKDAYS)} of {name}",
        f"nearest weekday to {day} {name}",
        f"{pick.choice(['weekday', *WEEKDAYS])} on or {pick.choice(['before', 'after'])} {day} {name}",
        f"nearest {pick.choice(WEEKDAYS)} to {day} {name}",
        pick.choice(list(FEASTS)) if feasts else f"{day} {name}"])


def make_calendar(pick, zone):
    """Text of an installation file, and the slow calendar of the same."""
    rates = pick.randrange(2, 5)
    weekend = pick.choice([[], ["Saturday", "Sunday"], ["Friday", "Saturday"], ["Sunday"]])
    holidays = [make_rule(pick) for _ in range(pick.randrange(0, 17))]
    text = [PLANT, f"clock: {{zone: {zone}}}", "tariff:", f"  rates: [{', '.join(RATES[:rates])}]"]
    if weekend:
        text.append(f"  weekend_days: [{', '.join(weekend)}]")
    if holidays:
        text.append(f"  holidays: [{', '.join(holidays)}]")
    kinds = ["weekday"] + ["weekend"] * bool(weekend) + ["holiday"] * bool(holidays)
    seasons, months = [], sorted(pick.sample(range(1, 13, 3), pick.randrange(1, 5)))
    text.append("  seasons:")
    for i, month in enumerate(months):
        rule, schedules = make_rule(pick, month, feasts=False), {}
        text.append(f"  - name: S{i}\n    from: {rule}")
        for kind in kinds:
            words, schedules[kind] = make_schedule(pick, rates)
            text.append(f"    {kind}: {words}")
        seasons.append((f"S{i}", rule, schedules))
    alternates = []
    for i in range(pick.randrange(0, 3)):
        rule = make_rule(pick)
        words, minutes = make_schedule(pick, rates)
        text += ["  alternate_days:"] * (i == 0) + [f"  - {{name: A{i}, date: {rule}, schedule: {words}}}"]
        alternates.append((rule, minutes))
    return "\n".join(text) + "\n", slow_calendar.Calendar(zone, weekend, holidays, alternates, seasons)


# --- Comparing ----------------------------------------------------------------------------------------------

def minutes_of(rows, end):
    """The rate of each minute that the program's changes mean."""
    at = [datetime.datetime.fromisoformat(row["utc"].replace("Z", "+00:00")) for row in rows]
    rates = bytearray()
    for begin, until, row in zip(at, at[1:] + [end], rows):
        rates += bytes([int(row["tariff"])]) * round((until - begin).total_seconds() / 60)
    return at[0], rates


def faults_of(path, slow, year):
    done = run(path, "--year", str(year), "--csv")
    if done.returncode:
        return [done.stderr]
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    begin, right = slow.minutes(year)
    told_begin, told = minutes_of(rows, begin + datetime.timedelta(minutes=len(right)))
    faults = [] if told_begin == begin else [f"{year} begins at {told_begin}, not {begin}"]
    if told != right:
        at = next((i for i, (a, b) in enumerate(zip(told, right)) if a != b), min(len(told), len(right)))
        when = (begin + datetime.timedelta(minutes=at)).astimezone(slow.zone)
        faults.append(f"{year}: differs first at {when}: {told[at:at + 3].hex()} for {right[at:at + 3].hex()}")
    faults += [f"{row['utc']}: no change" for row, before in zip(rows[1:], rows) if row["tariff"] == before["tariff"]]
    for row in rows:
        local = datetime.datetime.fromisoformat(row["local"])
        if local.astimezone(UTC) != datetime.datetime.fromisoformat(row["utc"].replace("Z", "+00:00")):
            faults.append(f"{row['utc']} is not {row['local']}")
        elif local.utcoffset() != local.astimezone(slow.zone).utcoffset():
            faults.append(f"{row['local']}: another offset")
    return faults


def compare(scratch):
    pick = random.Random(2027)
    zones = ["Europe/Paris", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"]
    if SLOW:
        zones += ["Africa/Casablanca", "America/St_Johns", "Antarctica/Troll", "Asia/Tehran", "Pacific/Apia", "UTC"]
    for n, zone in enumerate(zones):
        # years in which Sao Paulo still had daylight saving time, at midnight
        first = 2010 if zone == "America/Sao_Paulo" else 2023
        wrong, calendars = [], 4 if SLOW else 1
        for i in range(calendars):
            text, slow = make_calendar(pick, zone)
            path = os.path.join(scratch, f"{n}-{i}.yaml")
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
            for year in range(first, first + 10):
                wrong += faults_of(path, slow, year)
        say(not wrong, f"{zone}: every minute of ten years as the slow calendar has it", wrong[:10])
    wrong = []
    for i in range(150 if SLOW else 30):  # many calendars, a year each
        zone = pick.choice(zones)
        text, slow = make_calendar(pick, zone)
        path = os.path.join(scratch, f"many-{i}.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        faults = faults_of(path, slow, pick.randrange(2000, 2037) if zone != "Asia/Kathmandu" else pick.randrange(2000, 2101))
        wrong += [f"many-{i}: {fault}" for fault in faults] + ([text] if faults else [])
    say(not wrong, "calendars by chance, a year of each", wrong[:60])


# --- Holidays -------------------------------------------------------------------------------------------------

def holidays_of(scratch, country, years):
    """(date, name) of all holidays that the program tells for the template."""
    path = os.path.join(scratch, f"{country}.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"{PLANT}tariff: {{rates: [A, B], holiday_template: {country}, seasons: [{{name: S, weekday: A, "
                  "holiday: B}]}\n")
    found = set()
    for year in years:
        told = json.loads(run(path, "--year", str(year), "--json").stdout)
        found |= {(day["date"], day["name"]) for day in told["days"] if day["kind"] == "holiday"}
    return found


def check_published(scratch):
    with open(os.path.join(HERE, "../data/holidays/published.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    years = range(2020, 2036)
    for country in ("United States", "Canada", "Mexico"):
        found = {date for date, _ in holidays_of(scratch, country, years)}
        published = {row["date"] for row in rows if row["country"] == country}
        # What the published lists do not have: Truth and Reconciliation Day; Juneteenth before it was
        # law (2021) and after the last year that its list has (2030); the New Year of 2036, observed in 2035.
        extra = {date for date in found - published
                 if not (country == "Canada" and date[5:] == "09-30")
                 and not (country == "United States" and date[5:7] == "06" and not "2021" <= date[:4] <= "2030")}
        say(not published - found and not extra, f"holidays of {country}, {years[0]} to {years[-1]}, as published",
            [f"missing: {sorted(published - found)}", f"too many: {sorted(extra)}"])


# --- What it says ----------------------------------------------------------------------------------------------

def check_words(scratch):
    path = os.path.join(scratch, "words.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(PLANT + "clock: {zone: Europe/Paris}\ntariff: {rates: [Low, High], weekend_days: [Saturday, Sunday], "
                  "seasons: [{name: All, weekday: [00:00-02:30 Low, 02:30-24:00 High], weekend: [00:00-02:30 Low, "
                  "02:30-24:00 High]}]}\n")
    page = run(path, "--year", "2027")
    say(page.returncode == 0 and "2027-03-28 02:00 becomes 03:00, 2027-10-31 03:00 becomes 02:00" in page.stdout
        and max(map(len, page.stdout.splitlines())) <= 80, "the page of a year", [page.stdout, page.stderr])
    rows = [row["local"] for row in csv.DictReader(io.StringIO(run(path, "--year", "2027", "--csv").stdout))]
    say([row[11:] for row in rows if row.startswith("2027-10-31")] ==
        ["00:00:00+02:00", "02:30:00+02:00", "02:00:00+01:00", "02:30:00+01:00"],
        "a change in the hour that comes twice comes twice", rows[-140:-120])
    say([row[11:] for row in rows if row.startswith("2027-03-28")] == ["00:00:00+01:00", "03:00:00+02:00"],
        "a change in the hour that is skipped comes at the jump")
    bare = os.path.join(scratch, "bare.yaml")
    with open(bare, "w", encoding="utf-8") as out:
        out.write(PLANT)
    for words, code, sentence in (([bare], 1, "no time-of-use calendar"), ([path, "--json", "--csv"], 2, "either"),
                                  ([path, "--year", "1"], 2, "year"), (["/nonexistent"], 1, "cannot be opened"),
                                  ([], 2, "INSTALLATION")):
        done = run(*words) if words else subprocess.run([BUSBAR, "tariff"], capture_output=True, text=True, check=False)
        say(done.returncode == code and sentence in done.stderr and not done.stdout,
            f"busbar tariff {' '.join(map(os.path.basename, words))}: exit code {code}", [done.stderr])
    this = run(path)
    say("\nNow, " in this.stdout and "Now, " not in page.stdout, "without --year: what is in force now", [this.stdout[-200:]])
    say(this.returncode == 0 and f"time of use in {datetime.datetime.now(UTC).year}" in this.stdout or
        datetime.datetime.now(UTC).timetuple().tm_yday in (1, 365, 366), "without --year: this one")


with tempfile.TemporaryDirectory() as folder:
    if "Europe/Paris" in zoneinfo.available_timezones():
        compare(folder)
        check_words(folder)
    else:
        skip("ten years", "no zone database here")
    check_published(folder)
finish()
