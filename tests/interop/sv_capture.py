"""Captures of sampled values as we read them, against tshark's dissection, a published export of the same
capture, and figures computed from it elsewhere. Prints TAP.

    sv_capture.py SV_DUMP
"""
import csv
import gzip
import json
import os
import shutil
import struct
import subprocess
import sys

from tap import finish, say, skip

DUMP = sys.argv[1]
ROOT = os.environ["TEST_ROOT"]
SHARED = os.environ.get("BUSBAR_SHARED", os.path.join(ROOT, "..", "shared"))
RECORDING = os.path.join(SHARED, "recordings", "sv_epm_abb_samu_4khz")
EXCERPT = os.path.join(ROOT, "tests", "data", "sv", "abb_samu_4khz_first_400.pcapng")


def dump(path):
    """What sv_dump prints: its lines of information, and the samples in counts."""
    done = subprocess.run([DUMP, path], capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    samples = [[int(x) for x in line.split(",")] for line in lines if line[0] not in "#@"]
    return [line for line in lines if line[0] in "#@"], samples


def dissect(path):
    """What tshark makes of it: time, smpCnt and samples of every frame of sampled values."""
    done = subprocess.run(
        ["tshark", "-r", path, "-Y", "sv", "-T", "fields", "-e", "frame.time_epoch", "-e", "sv.smpCnt",
         "-e", "sv.seqData"], capture_output=True, text=True, timeout=120, check=True)
    for line in done.stdout.splitlines():
        time, count, data = line.split("\t")
        words = struct.unpack(f">{len(data) // 8}i", bytes.fromhex(data.replace(":", "")))
        seconds, _, part = time.partition(".")
        yield int(seconds) * 10**9 + int(part.ljust(9, "0")), int(count), words[0::2], words[1::2]


def near(ours, theirs):
    """Equal but for what a float cannot tell apart."""
    return len(ours) == len(theirs) and all(abs(a - b) <= abs(b) * 1.2e-7 + 0.5 for a, b in zip(ours, theirs))


def all_near(ours, theirs):
    return len(ours) == len(theirs) and all(near(a, b) for a, b in zip(ours, theirs))


def compare_with_tshark(name, path, info, samples):
    if not shutil.which("tshark"):
        skip(f"{name}: as tshark dissects it", "no tshark here")
        return
    frames = list(dissect(path))
    say(all_near(samples, [f[2] for f in frames]) and not any(any(f[3]) for f in frames),
        f"{name}: {len(frames)} samples as tshark dissects them")
    start = int(next(line for line in info if line.startswith("@")).split()[1])
    say(start == frames[0][0], f"{name}: begins when the first frame came ({start} ns)")
    counts = [f[1] for f in frames]
    say(all((b - a) % 4000 == 1 for a, b in zip(counts, counts[1:])),
        f"{name}: tshark too sees no count missing from {counts[0]} to {counts[-1]}")


info, samples = dump(EXCERPT)
say(len(samples) == 399, "excerpt: 399 samples in 400 frames", [str(len(samples))])
say("# note 1 frame of other protocols was skipped" in info, "excerpt: the frame of PTP is said", info)
say(any(line.startswith("# segment 0.000000000 4000 399") for line in info),
    "excerpt: one segment at 4000 Hz, known from one wrap", info)
compare_with_tshark("excerpt", EXCERPT, info, samples)

capture = os.path.join(RECORDING, "E_pcap.pcapng")
if not os.path.isfile(capture):
    skip("the whole recording", "no recordings here")
    finish()

with open(os.path.join(RECORDING, "EXPECTED.json"), encoding="utf-8") as file:
    document = json.load(file)
stream, segment = document["stream"], document["segments"][0]
info, samples = dump(capture)
say(len(samples) == stream["samples"], f"recording: {stream['samples']} samples", [str(len(samples))])
say(near(samples[0], stream["first_sample_lsb"]), "recording: the first sample", [str(samples[0])])
say(near(samples[-1], stream["last_sample_lsb"]), "recording: the last sample", [str(samples[-1])])
foreign = stream["frames"] - stream["sv_frames"]
notes = [line for line in info if line.startswith("# note")]
say(stream["lost"] == 0 and notes == [f"# note {foreign} frames of other protocols were skipped"],
    f"recording: nothing is lost; {foreign} foreign frames are said, and nothing else", notes)
segments = [line for line in info if line.startswith("# segment")]
say(segments == [f"# segment 0.000000000 {segment['fs_hz']:g} {segment['segment_samples']}"],
    "recording: one segment", segments)
flags = [line.split()[5] for line in info if line.startswith("@")]
say(stream["quality_all_zero"] and flags == ["1"] + ["0"] * (len(flags) - 1),
    "recording: no flag is set but the first block's", flags[:5])
roles = [line.split()[-1] for line in info if line.startswith("# channel")]
say(roles == ["I1", "I2", "I3", "IN", "V1", "V2", "V3", "VN"], "recording: roles of 9-2LE", roles)
compare_with_tshark("recording", capture, info, samples)

with gzip.open(os.path.join(RECORDING, "E_wireshark_export.csv.gz"), "rt", encoding="utf-8") as file:
    exported = [[int(x) for x in row["value"].split(",")] for row in csv.DictReader(file)
                if row["Protocol"] == "IEC61850 Sampled Values"]
say(all_near(samples[:len(exported)], exported) and len(exported) > 1000,
    f"recording: {len(exported)} samples as its authors exported them")
finish()
