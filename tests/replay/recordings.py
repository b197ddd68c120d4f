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
        if key.upper() == c["name"].upper() or f"_{key}_" in c["name"]:
            return c["role"]
    return {"U1": "V1", "U2": "V2", "U3": "V3", "Va": "V1", "Vb": "V2", "Vc": "V3", "Ia": "I1", "Ib": "I2",
            "Ic": "I3"}.get(key, key)


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
            cases.append((folder, expected))
    if not cases:
        tap.skip("real recordings", "no recordings here")
    for folder, expected in cases:
        if isinstance(expected.get("segments"), list):
            run_case(folder, expected)
        elif "records" in expected:
            single_cycles(folder, expected)
        elif "f_rms_per_800_samples" in expected:
            ramp(folder, expected)
    tap.finish()


def only_file(folder, ending):
    path = os.path.join(FOLDER, folder)
    return os.path.join(path, next(f for f in os.listdir(path) if f.endswith(ending)))


def single_cycles(folder, expected):
    """Records of exactly one cycle each: every one gives a window of one cycle, with the figures of its transform."""
    check = Check()
    result = analyse(only_file(folder, ".csv.gz"), "--rate", "30000", "--nominal-frequency", "60")
    windows = result["windows"]
    if len(windows) != len(expected["records"]):
        check.bad.append(f"{len(windows)} windows of {len(expected['records'])} records")
    for w, r in zip(windows, expected["records"]):
        at, v = f"record {r['record']}", w["values"]
        check.near(at + " V", v["V1"], r["Urms"], 1e-5 * r["Urms"], "rms")
        check.near(at + " I", v["I1"], r["Irms"], 1e-5 * r["Irms"], "rms")
        check.near(at + " P", v["P1"], r["P"], 1e-5 * r["S"], "p")
        check.near(at + " THD V", v["THD_V1"], r["U_thd63"], 0.005, "thd")
        check.near(at + " THD I", v["THD_I1"], r["I_thd63"], 0.005 * r["I_thd63"] + 0.005, "thd")
        if w["cycles"] != 1 or "short" not in w["quality"]:
            check.bad.append(f"{at}: {w['cycles']} cycles, {w['quality']}")
    tap.say(not check.bad, f"{folder}: {check.count} figures", [str(check.worst)] + check.bad[:12])


def ramp(folder, expected):
    """A noisy sine whose frequency rises: F of each window near the straight line (its noise is 10 mHz for the best
    possible fit), RMS as that of the same samples."""
    check = Check()
    result = analyse(only_file(folder, ".csv.gz"), "--rate", "4000", "--channels", "V1")
    line = expected["linear_ramp_fit"]
    off = []
    for w in result["windows"]:
        middle = (w["start_s"] + 0.1) * 4000
        want = line["f_at_sample_0"] + line["hz_per_s"] * middle / 4000
        off.append(w["values"]["F"] - want)
        check.near(f"F at {w['start_s']:.3f} s", w["values"]["F"], want, 4 * line["residual_std_hz"], "f")
    spread = (sum(o * o for o in off) / len(off)) ** 0.5
    check.near("spread of F", spread, 0, 1.5 * line["residual_std_hz"], "spread")
    values = result["circuits"][0]["values"]["V1"]
    check.near("RMS of all", values["mean"], expected["rms_all"], 5e-4 * expected["rms_all"], "rms")
    tap.say(not check.bad, f"{folder}: {check.count} figures", [f"spread of F {spread * 1000:.1f} mHz"] + check.bad[:12])


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
