"""kill -9 at random moments, again and again: energies never go back, at most the last second is lost, and
the program comes up by itself every time.

Before each kill the energies of every load are read over Modbus, and of one load over HTTP together with its
power and the time of the window. After each start they must not be lower. All together, what was counted must be
what the power over the simulated time comes to, less a second for each kill.

Environment: KILLS, how often (60); KILL_SEED, to repeat a run.
"""
import os
import random
import tempfile
import time
from datetime import datetime

from demo import Demo
from tap import finish, say

SPEED = 60
KILLS = int(os.environ.get("KILLS", "60"))
SEED = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
random.seed(SEED)

ENERGIES = 19843  # of load 1: Ea+ as U32 in kWh and U16 in 0.1 Wh, then Ea-, Er+, Er-, Eap ...
PAGE = 2048
COUNTERS = 9

def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def modbus_energies(client, loads):
    """{(device, load): tenths of Wh, 9 of them}"""
    found = {}
    for device, load in loads:
        words = client.read(device, ENERGIES + PAGE * (load - 1), 3 * COUNTERS)
        found[device, load] = [((words[3 * i] << 16 | words[3 * i + 1]) * 10000 + words[3 * i + 2])
                               for i in range(COUNTERS)]
    return found


def lower(now, before):
    return [f"device {d} load {n} counter {i}: {a} after {b} (0.1 Wh)"
            for (d, n), counters in now.items() if (d, n) in before
            for i, (a, b) in enumerate(zip(counters, before[d, n])) if a < b]


class Account:
    """One load by HTTP: energy shown, and what its power over the samples' own time comes to."""

    def __init__(self, device, load):
        self.path = f"/api/v1/devices/{device}/loads/{load}/values"
        self.shown = None  # Wh, last seen
        self.expected = 0.0  # Wh, over all runs
        self.runs = []  # Wh expected in each of them
        self.last = None  # (time of the window, power) in this run
        self.highest_power = 0.0
        self.gaps = []  # real seconds between two changes of the energy shown
        self.changed = None
        self.fell = []

    def begin_run(self):
        self.last = self.changed = None
        self.runs.append(0.0)

    def look(self, web):
        status, answer = web.get(self.path)
        if status != 200 or "EA_POS" not in answer["values"]:
            return
        energy, power = answer["values"]["EA_POS"]["value"], answer["values"]["P"]["value"]
        end, now = instant(answer["end"]), time.monotonic()
        if self.shown is not None and energy < self.shown:
            self.fell.append(f"{energy} after {self.shown} Wh")
        if self.last and end > self.last[0]:
            piece = (self.last[1] + power) / 2 * (end - self.last[0]) / 3600
            self.expected += piece
            self.runs[-1] += piece
        if energy != self.shown:
            if self.changed:
                self.gaps.append(now - self.changed)
            self.changed = now
        self.highest_power = max(self.highest_power, power)
        self.last, self.shown = (end, power), energy


def find_loads(demo):
    """Every load that has energies, and of them the one with most power."""
    web = demo.web()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        loads, powers, there = [], {}, 0
        for device in web.get("/api/v1/devices")[1]["devices"]:
            for load in device["loads"]:
                there += 1
                place = device["address"], load["n"]
                status, answer = web.get(f"/api/v1/devices/{place[0]}/loads/{place[1]}/values")
                if status == 200 and "EA_POS" in answer["values"]:
                    loads.append(place)
                    powers[place] = answer["values"]["P"]["value"]
        if loads and len(loads) == there:
            return loads, max(powers, key=powers.get)
        time.sleep(0.1)
    raise RuntimeError("no load showed an energy within 20 s: " + demo.said())


with tempfile.TemporaryDirectory(prefix="busbar-kill-") as top:
    demo = Demo(os.path.join(top, "data"), SPEED)
    os.makedirs(demo.data)
    demo.start()
    fell, refused, starts, kills = [], [], [], 0
    try:
        loads, most = find_loads(demo)
        account = Account(*most)
        before, first = {}, None
        while kills < KILLS:
            client = demo.modbus()
            now = modbus_energies(client, loads)  # the first thing that anyone reads after the start
            starts.append(time.monotonic() - demo.begun)
            fell += [f"after kill {kills}: {text}" for text in lower(now, before)]
            web = demo.web()
            account.begin_run()
            # most often soon, where the start itself is cut; sometimes after several writes
            stay = random.expovariate(1 / 0.3) if random.random() < 0.7 else random.uniform(1.5, 3)
            until = time.monotonic() + min(stay, 3)
            while True:
                before = now
                account.look(web)
                if first is None:
                    first = account.shown
                now = modbus_energies(client, loads)
                fell += [f"in run {kills}: {text}" for text in lower(now, before)]
                if time.monotonic() >= until:
                    break
                time.sleep(random.random() * 0.03)
            before = now
            demo.kill()
            kills += 1
            client.close()
            web.close()
            demo.start()
        client = demo.modbus()
        fell += lower(modbus_energies(client, loads), before)
        client.close()
        web = demo.web()
        account.begin_run()
        account.look(web)
        web.close()
        code = demo.stop()
    except (OSError, RuntimeError, ValueError) as problem:
        refused.append(f"{type(problem).__name__}: {problem}; messages: {demo.said()}")
        demo.kill()
        code = None
    messages = demo.said()

print(f"# seed {SEED}, {kills} kills, {len(loads) if not refused else 0} loads")
say(not refused, f"it came up by itself after each of {kills} kills", refused)
if refused:
    finish()
say(not fell, f"no energy of any load was ever lower than what had been read ({kills} kills)", fell[:20])
say(not account.fell, "nor over HTTP", account.fell[:20])

second = account.highest_power * SPEED / 3600  # Wh of a second of real time
counted = account.shown - first
least = account.expected * 0.98 - sum(min(run, second) for run in account.runs)
most_of_all = account.expected * 1.02 + second * sum(starts) + second
say(least > 3 * second, "enough was counted to see a loss", [f"{account.expected} Wh"])
say(counted >= least, f"at most the last second was lost with each kill: {account.expected - counted:.1f} Wh in all, "
    f"allowed {account.expected - least:.1f}", [f"counted {counted}, expected {account.expected}"])
say(counted <= most_of_all, "and nothing was invented", [f"counted {counted}, at most {most_of_all}"])
slowest = max(account.gaps, default=99)
say(slowest < 2.0, f"what is shown was never older than about a second: {slowest:.2f} s at most")
say(code == 0, "at the end it stops cleanly when asked to", [f"code {code}", messages])
print(f"# from start to the first answer: {sorted(starts)[len(starts) // 2] * 1000:.0f} ms, "
      f"at most {max(starts) * 1000:.0f} ms")
finish()
