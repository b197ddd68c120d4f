#!/usr/bin/python3
"""Real recordings against figures that were computed from the same files by other means.

Each folder of recordings holds EXPECTED.json: RMS, fundamental, THD, power and symmetrical components of
consecutive windows, half-cycle extremes and events, from least-squares fits in double precision. Conditions: the
program's own windows, cut at its own measured instants, of the same cycles. Where the reference says `steady`, all
figures must agree; elsewhere (faults, steps) only the RMS values and P of windows that lie at the same place.
Skipped where the recordings are not at hand."""
import json
import os
import subprocess

import tap

ROOT = os.environ["TEST_ROOT"]
SHARED = os.environ.get("BUSBAR_SHARED", os.path.join(ROOT, "..", "shared"))
FOLDER = os.path.join(SHARED, "recordings")

# RMS and fundamental, relative. The reference's windows end at whole samples (up to half a sample off), which
# moves an RMS value by up to 1 / (4 pi cycles samples_per_cycle) where the signal is not at a crossing.
RMS = 4e-4
# what a channel's quantisation and noise leave undetermined: relative to the largest channel of its kind
FLOOR = 2e-5


def analyse(path, *options):
    run = subprocess.run([os.environ["BUSBAR"], "analyse", path, "--json", "-", "--windows", "--half-cycles", *options],
                         capture_output=True, timeout=120)
    if run.returncode:
        raise AssertionError(run.stderr.decode().strip())
    return json.loads(run.stdout)


def role_of(result, key):
    """The place of an expected channel: by number ("ch13_..."), or by the channel's name."""
    channels = result["recording"]["channels"]
    if key.startswith("ch") and "_" in key and key[2:key.index("_")].isdigit():
        return channels[int(key[2:key.index("_")]) - 1]["role"]
    for c in channels:
        if c["name"] == key or c["name"].upper() == key.upper():
            return c["role"]
    return {"U1": "V1", "U2": "V2", "U3": "V3"}.get(key, key)


def split(role):
    circuit, _, name = role.rpartition(":")
    return circuit or "1", name


class Check:
    def __init__(self):
        self.count, self.bad, self.worst = 0, [], {}

    def near(self, what, got, want, limit, kind):
        self.count += 1
        off = abs(got - want) / limit if limit else 0
        self.worst[kind] = max(self.worst.get(kind, 0), off)
        if not off <= 1:
            self.bad.append(f"{what}: {got:.8g} instead of {want:.8g} (limit {limit:.2g})")


def scale_to_si(unit):
    return {"kV": 1e3, "kA": 1e3}.get(unit.strip(), 1)


def window_at(result, circuit, start_s, cycles, cycle_s):
    """Our window of as many cycles that begins within a tenth of a cycle."""
    found = [w for w in result["windows"] if w["circuit"] == circuit and abs(w["start_s"] - start_s) <= 0.1 * cycle_s
             and abs(w["cycles"] - cycles) < 0.1]
    return found[0] if found else None


def moved(mine, start_s, length_s):
    """Share of the window that is another piece of signal than the reference's."""
    return abs(mine["start_s"] - start_s) / length_s


def change(segment, window, figure):
    """How much a figure differs between the windows beside this one: what a moved window may see of it."""
    i = segment["windows"].index(window)
    near = [figure(w) for w in segment["windows"][max(i - 1, 0):i + 2]]
    return (max(near) - min(near)) * len(segment["windows"]) if not window["steady"] else max(near) - min(near)


def compare_window(check, result, expected, segment, window, units, where):
    rate, start = segment["fs_hz"], where + (window["start"] - segment["segment_start_sample"]) / segment["fs_hz"]
    cycles = (window["end"] - window["start"]) / rate * window["f1_hz"]
    cycle_s = 1 / window["f1_hz"]
    # The reference cuts all windows with the segment's frequency: where it has moved, they are not of whole cycles.
    off_cycle = abs(window["f1_hz"] / segment["f1_segment_hz"] - 1)
    compared = 0
    largest = {}
    for key, c in window["ch"].items():
        kind = split(role_of(result, key))[1][0]
        largest[kind] = max(largest.get(kind, 0), c["rms"])
    for key, c in window["ch"].items():
        circuit, name = split(role_of(result, key))
        mine = window_at(result, circuit, start, cycles, cycle_s)
        if mine is None or name not in mine["values"]:
            continue
        compared += 1
        si = scale_to_si(units.get(key, ""))
        at = f"{key} at {start:.3f} s"
        values = mine["values"]
        limit = (RMS + off_cycle) * c["rms"] + FLOOR * largest[name[0]] + 2 * moved(mine, start, cycles * cycle_s) * change(
            segment, window, lambda w: w["ch"][key]["rms"])
        check.near(at + " RMS", values[name] / si, c["rms"], limit, "rms")
        # THD of three-line subgroups; 0.05 points or 2 % as the reference says of itself
        # A fault on another phase than the one that the reference calls steady: only RMS and P hold.
        steady = window["steady"] and "flagged" not in mine["quality"]
        if steady and f"THD_{name}" in values and c["h1"] > 0.02 * largest[name[0]] and c["hmax"] <= 40:
            # Subgroups, unless the reference's spline could not follow so few samples per cycle.
            want = c["thds40"] if c["hmax"] > 15 else c["thd40"]
            check.near(at + " THD", values[f"THD_{name}"], want, max(0.05, 0.02 * want), "thd")
        if steady and name == "V1":
            check.near(at + " F", values["F"], window["f1_hz"], 0.01, "f")
    for pair, p in window.get("power", {}).items():
        v, i = pair.split("*")
        cv, nv = split(role_of(result, v))
        ci, ni = split(role_of(result, i))
        mine = window_at(result, ci, start, cycles, cycle_s)
        if mine is None or f"P{ni[1]}" not in mine["values"] or nv[1] != ni[1]:
            continue
        si = scale_to_si(units.get(v, "")) * scale_to_si(units.get(i, ""))
        limit = 2 * (RMS + off_cycle) * p["S"] + 2 * moved(mine, start, cycles * cycle_s) * change(
            segment, window, lambda w: w["power"][pair]["P"])
        check.near(f"{pair} at {start:.3f} s P", mine["values"][f"P{ni[1]}"] / si, p["P"], limit, "p")
        if window["steady"] and "flagged" not in mine["quality"]:
            check.near(f"{pair} at {start:.3f} s phi", (mine["values"][f"PHI{ni[1]}"] - p["phi1_deg"] + 180) % 360 - 180,
                       0, 0.1, "phi")
    for group, s in window.get("sequence", {}).items() if window["steady"] else ():
        circuit, name = split(role_of(result, group.split("/")[0]))
        mine = window_at(result, circuit, start, cycles, cycle_s)
        quantity = "VNB" if name[0] == "V" else "INB"
        if mine and "flagged" not in mine["quality"] and quantity in mine["values"] and s["u1"] > 0.02 * largest[name[0]]:
            check.near(f"{group} at {start:.3f} s inverse", mine["values"][quantity], s["u2_pct"], 0.05, "unbalance")
    return compared


def half_cycles(check, result, segment, where):
    """Lowest and highest one-cycle RMS: within the bounds of windows at every sample."""
    n = 0
    for key, h in segment.get("urms_half", {}).items():
        circuit, name = split(role_of(result, key))
        mine = result["half_cycles"].get(name if circuit == "1" else f"{circuit}:{name}")
        if not mine or name[0] != "V":
            continue
        end = where + segment["segment_samples"] / segment["fs_hz"]
        rms = [r for t, r in zip(mine["t_s"], mine["rms"]) if where - 1e-6 <= t < end]
        if not rms:
            continue
        n += 1
        top = max(h["slide_max"], h["max"])
        si = 1000 if result["recording"]["channels"] and max(rms) > 500 * top else 1
        slack = 2e-3 * top
        if not (min(rms) / si >= h["slide_min"] - slack and max(rms) / si <= h["slide_max"] + slack):
            check.bad.append(f"{key} from {where:.3f} s: half cycles {min(rms) / si:.6g} ... {max(rms) / si:.6g} leave "
                             f"{h['slide_min']:.6g} ... {h['slide_max']:.6g}")
        check.count += 1
    return n


def events(check, result, segment, where, units):
    """Events of the reference, to a half cycle, with their extreme."""
    half = 0.5 / segment["nominal_hz"]
    for key, h in segment.get("urms_half", {}).items():
        circuit, name = split(role_of(result, key))
        for e in h.get("events", []):
            if name[0] != "V" or e["type"] == "interruption":  # polyphase: of all phases, not of one
                continue
            start = where + (e["start"] - segment["segment_start_sample"]) / segment["fs_hz"]
            mine = [x for x in result["events"] if x["kind"] == e["type"] and any(
                c["name"] == (name if x["circuit"] == circuit else f"{circuit}:{name}") for c in x["channels"])
                and x["start_s"] - 3 * half <= start <= (x["end_s"] or 1e9) + 3 * half]
            check.count += 1
            if not mine:
                check.bad.append(f"{key}: no {e['type']} at {start:.3f} s")


def main():
    cases = []
    for folder in sorted(os.listdir(FOLDER)) if os.path.isdir(FOLDER) else []:
        path = os.path.join(FOLDER, folder, "EXPECTED.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                expected = json.load(f)
            if isinstance(expected.get("segments"), list):
                cases.append((folder, expected))
    if not cases:
        tap.skip("real recordings", "no recordings here")
    for folder, expected in cases:
        run_case(folder, expected)
    tap.finish()


OPTIONS = {
    "csv_mhkit_modaq_3ph_50khz": ["--nominal-frequency", "60"],
}


def run_case(folder, expected):
    files = [f for f in os.listdir(os.path.join(FOLDER, folder))
             if f.lower().endswith((".cfg", ".pcapng", ".csv.gz")) and "wireshark" not in f]
    check, notes = Check(), []
    try:
        reference = max((h.get("reference", 0) for s in expected["segments"][:1]
                         for k, h in s.get("urms_half", {}).items()), default=0)
        result = analyse(os.path.join(FOLDER, folder, files[0]), *OPTIONS.get(folder, []))
        units = {f"ch{c['ch']}_{c['name']}": c["unit"] for c in expected.get("parser_checks", {}).get("analog", [])}
        starts = [s["start_s"] for s in result["recording"]["segments"]]
        windows = halves = 0
        for segment in expected["segments"]:
            rates = expected.get("parser_checks", {}).get("rates") or [[segment["fs_hz"], segment["segment_samples"]]]
            ends = [0] + [r[1] for r in rates]
            index = ends.index(segment["segment_start_sample"]) if segment["segment_start_sample"] in ends else 0
            where = starts[min(index, len(starts) - 1)]
            for window in segment["windows"]:
                windows += compare_window(check, result, expected, segment, window, units, where) > 0
            halves += half_cycles(check, result, segment, where)
            if reference:
                events(check, result, segment, where, units)
        notes.append(f"{windows} windows, {halves} half-cycle series, {check.count} figures; worst share of limit: "
                    + ", ".join(f"{k} {v:.2f}" for k, v in sorted(check.worst.items())))
        if windows + halves == 0:
            check.bad.append("nothing of the reference was met")
    except (AssertionError, subprocess.TimeoutExpired) as problem:
        check.bad.append(str(problem))
    tap.say(not check.bad, f"{folder}: {check.count} figures", notes + check.bad[:12])


main()
