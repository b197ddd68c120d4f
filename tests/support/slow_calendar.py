"""A time-of-use calendar that is slow and obvious: dates are found by looking at every day of a year, local time
comes from zoneinfo, and a year is a rate for each of its minutes. Shares nothing with the program but the words of
the installation file."""
import datetime
import zoneinfo

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
QUARTER = datetime.timedelta(minutes=15)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")
NTH = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}


def days_of(year):
    day = datetime.date(year, 1, 1)
    while day.year == year:
        yield day
        day += DAY


def easter(year):
    """By the tables of the church: golden number, century, epact, Sunday (Knuth, TAOCP 1.3.2, exercise 14)."""
    golden = year % 19 + 1
    century = year // 100 + 1
    leap_years = 3 * century // 4 - 12
    moon = (8 * century + 5) // 25 - 5
    sunday = 5 * year // 4 - leap_years - 10
    epact = (11 * golden + 20 + moon - leap_years) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    full = 44 - epact
    if full < 21:
        full += 30
    full += 7 - (sunday + full) % 7
    return datetime.date(year, 3, 1) + datetime.timedelta(days=full - 1)


FEASTS = {"Good Friday": -2, "Easter Sunday": 0, "Easter Monday": 1, "Maundy Thursday": -3, "Ascension Day": 39,
          "Whit Sunday": 49, "Whit Monday": 50, "Corpus Christi": 60, "Carnival Monday": -48, "Shrove Tuesday": -47,
          "Ash Wednesday": -46, "Palm Sunday": -7}


def is_meant(day, word):
    return day.weekday() < 5 if word == "weekday" else WEEKDAYS[day.weekday()] == word


def date_of(rule, year):
    """The day that a rule, in the words of the file, names for a year."""
    words = rule.split()
    if rule in FEASTS:
        return easter(year) + FEASTS[rule] * DAY
    if words[0] in NTH:
        month = MONTHS.index(words[3]) + 1
        return [day for day in days_of(year) if day.month == month and is_meant(day, words[1])][NTH[words[0]]]
    base = datetime.date(year, MONTHS.index(words[-1]) + 1, int(words[-2]))
    if len(words) == 2:
        return base
    if words[0] == "nearest":
        near = [base + n * DAY for n in (0, -1, 1, -2, 2, -3, 3)]
        return next(day for day in near if is_meant(day, words[1]))
    step = -DAY if "before" in words else DAY
    while not is_meant(base, words[0]):
        base += step
    return base


class Calendar:
    """rates: names; weekend: names of days; holidays, alternates: rules (with schedules for the latter); seasons:
    (name, rule, {kind: schedule}); a schedule: 1440 rates (numbers from 1)."""

    def __init__(self, zone, weekend, holidays, alternates, seasons):
        self.zone = zoneinfo.ZoneInfo(zone)
        self.weekend, self.holidays, self.alternates, self.seasons = weekend, holidays, alternates, seasons
        self.known = {}

    def season_of(self, day):
        """The one whose beginning was last: looks at the beginnings of three years."""
        begun = [(date_of(rule, year), i) for year in (day.year - 1, day.year, day.year + 1)
                 for i, (_, rule, _) in enumerate(self.seasons)]
        return max(one for one in begun if one[0] <= day)[1]

    def kind_of(self, day):
        years = (day.year - 1, day.year, day.year + 1)
        for i, (rule, _) in enumerate(self.alternates):
            if day in (date_of(rule, year) for year in years):
                return "alternate", i
        if any(day == date_of(rule, year) for rule in self.holidays for year in years):
            return "holiday", 0
        return ("weekend" if WEEKDAYS[day.weekday()] in self.weekend else "weekday"), 0

    def schedule(self, day):
        if day not in self.known:
            kind, which = self.kind_of(day)
            self.known[day] = (self.alternates[which][1] if kind == "alternate"
                               else self.seasons[self.season_of(day)][2][kind])
        return self.known[day]

    def minutes(self, year):
        """UTC of the first minute of the local year, and the rate of each minute until it ends."""
        begin = datetime.datetime(year, 1, 1, tzinfo=self.zone).astimezone(UTC)
        end = datetime.datetime(year + 1, 1, 1, tzinfo=self.zone).astimezone(UTC)
        rates = bytearray()
        at = begin
        while at < end:
            local, later = (when.astimezone(self.zone) for when in (at, at + QUARTER))
            # Where clocks do not change within a quarter of an hour it runs as UTC does; else minute by minute.
            step = 15 if local.utcoffset() == later.utcoffset() and local.minute % 15 == 0 else 1
            minute = local.hour * 60 + local.minute
            rates += self.schedule(local.date())[minute:minute + step]
            at += datetime.timedelta(minutes=step)
        return begin, rates
