"""Sampled values live: tcpreplay sends into one end of a veth pair, we listen at the other. Prints TAP.

Runs itself again in a network namespace of its own, which ends with it; without the right to make one,
or without tcpreplay, the cases are skipped.

    sv_live.py SV_DUMP
"""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from tap import finish, say, skip

DUMP = sys.argv[1]
ROOT = os.environ["TEST_ROOT"]
SHARED = os.environ.get("BUSBAR_SHARED", os.path.join(ROOT, "..", "shared"))
RECORDING = os.path.join(SHARED, "recordings", "sv_epm_abb_samu_4khz")
EXCERPT = os.path.join(ROOT, "tests", "data", "sv", "abb_samu_4khz_first_400.pcapng")


def enter_namespace():
    """Goes on inside a namespace with the pair va - vb, or says why not and ends."""
    missing = [tool for tool in ("tcpreplay", "ip", "unshare") if not shutil.which(tool)]
    if missing:
        skip("sampled values over a veth pair", f"no {', '.join(missing)} here")
        finish()
    for words in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        made = subprocess.run([*words, "ip", "link", "add", "va", "type", "veth", "peer", "name", "vb"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if made.returncode == 0:
            os.execvp(words[0], [*words, sys.executable, __file__, DUMP, "inside"])
    skip("sampled values over a veth pair", "no right to make network namespaces and interfaces")
    finish()


if len(sys.argv) < 3:
    enter_namespace()

for words in ("link add va type veth peer name vb", "link set va up", "link set vb up"):
    subprocess.run(["ip", *words.split()], check=True)


def listen(seconds, *stream):
    output = tempfile.TemporaryFile("w+")  # a pipe would hold it up while nobody reads
    listener = subprocess.Popen([DUMP, "-i", "vb", str(seconds), *stream], stdout=output,
                                stderr=subprocess.PIPE, text=True)
    listener.output = output
    for _ in range(1000):  # until its socket is open; what came before would be missing
        with open("/proc/net/packet", encoding="ascii") as file:
            if any(line.split()[3] == "0003" for line in file.readlines()[1:]):
                break
        time.sleep(0.01)
    return listener


def replay(path, *options):
    return subprocess.Popen(["tcpreplay", "-q", "--timer=nano", "-i", "va", *options, path],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish_listening(listener):
    _, err = listener.communicate(timeout=60)
    listener.output.seek(0)
    lines = listener.output.read().splitlines()
    listener.output.close()
    info = [line for line in lines if line[0] in "#@"]
    samples = [[int(x) if x != "nan" else None for x in line.split(",")] for line in lines if line[0] not in "#@"]
    end = next((line for line in info if line.startswith("# end")), "# end")
    words = end.split()[2:]
    return info, samples, dict(zip(words[0::2], map(int, words[1::2]))), err


def send(path, seconds):
    """Everything that we got of what tcpreplay sent, and whether it kept to its `seconds`. A busy machine
    gets a second try."""
    for _ in range(2):
        listener = listen(1)
        before = time.monotonic()
        replay(path).wait(timeout=60)
        punctual = time.monotonic() - before < seconds * 1.05 + 0.3
        got = finish_listening(listener)
        if punctual:
            break
    return *got, punctual


def send_frames(frames, *stream):
    """The same for frames (seconds, bytes) of our own, sent in batches; late means by more than a batch."""
    for _ in range(3):
        listener = listen(1, *stream)
        line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        line.bind(("va", 0))
        start, latest = time.monotonic(), 0
        for due, data in frames:
            late = time.monotonic() - start - due
            if late < 0:
                time.sleep(0.005 - late)
            else:
                latest = max(latest, late)
            line.send(data)
        line.close()
        got = finish_listening(listener)
        if latest < 0.03:
            break
    return *got, latest < 0.03


def say_if(punctual, ok, text, lines=()):
    """What only holds if the sender was as fast as it should be."""
    if punctual:
        say(ok, text, lines)
    else:
        skip(text, "this machine is too busy to send in time")


def from_file(path, *stream):
    done = subprocess.run([DUMP, path, *stream], capture_output=True, text=True, timeout=60, check=True)
    return [[int(x) for x in line.split(",")] for line in done.stdout.splitlines() if line[0] not in "#@"]


def frame(svid, count, samples):
    """One frame of sampled values with samples (value, quality)."""
    def element(tag, value):
        size = bytes([len(value)]) if len(value) < 128 else bytes([0x82]) + struct.pack(">H", len(value))
        return bytes([tag]) + size + value
    data = b"".join(struct.pack(">iI", v, q) for v, q in samples)
    asdu = (element(0x80, svid.encode()) + element(0x82, struct.pack(">H", count)) + element(0x83, b"\0\0\0\1")
            + element(0x85, b"\2") + element(0x87, data))
    pdu = element(0x60, element(0x80, b"\1") + element(0xa2, element(0x30, asdu)))
    return (bytes.fromhex("010ccd040001020000000001") + b"\x88\xba"
            + struct.pack(">HHHH", 0x4000, len(pdu) + 8, 0, 0) + pdu)


# The real recording, as it was captured: same samples as from the file, none missing.
capture = os.path.join(RECORDING, "E_pcap.pcapng")
if os.path.isfile(capture):
    with open(os.path.join(RECORDING, "EXPECTED.json"), encoding="utf-8") as file:
        stream = json.load(file)["stream"]
    before = time.time_ns()
    info, samples, end, err, punctual = send(capture, 6.4)
    say(len(samples) == stream["samples"] and end.get("dropped") == 0 and end.get("lost") == 0,
        f"recording: {stream['samples']} samples, nothing lost", [str(len(samples)), str(end), err])
    say(samples == from_file(capture), "recording: the same samples as from the file")
    say(all(abs(a - b) <= abs(b) * 1.2e-7 + 0.5 for got, want in ((samples[0], stream["first_sample_lsb"]),
                                                                  (samples[-1], stream["last_sample_lsb"]))
            for a, b in zip(got, want)), "recording: first and last sample as expected")
    blocks = [line.split() for line in info if line.startswith("@")]
    first, last = int(blocks[0][1]), int(blocks[-1][1])
    say_if(punctual, before < first < before + 60 * 10**9, "recording: dated by the arrival of the first frame")
    # 6.4 s, moved by at most 100 ppm to follow this machine's clock
    nominal = int(blocks[-1][3]) * 10**9 / 4000
    say_if(punctual, abs(last - first - nominal) < 1e-4 * nominal + 1e6, "recording: its own sample clock dates the rest")
    say_if(punctual, sum(int(b[5]) & 1 for b in blocks) == 1, "recording: one segment")
    # 200 ms are promised; the rest is for a busy machine
    say_if(punctual, end.get("longest_read_ms", 9999) < 400, "recording: no read takes longer than the silence it waits for",
        [str(end)])
else:
    skip("the whole recording", "no recordings here")

# The excerpt lasts 0.1 s and has one wrap: enough to know the rate.
info, samples, end, err, punctual = send(EXCERPT, 0.1)
say(samples == from_file(EXCERPT), "excerpt: all 399 samples", [str(len(samples)), str(end), err])

# The densest stream of IEC 61869-9, one sample a frame, beside another one.
rate, seconds = 14400, 2
frames = []
for i in range(rate * seconds):
    row = [(1000 * c + i % 1000, 0) for c in range(8)]
    frames.append((i / rate, frame("DENSE", i % rate, row)))
    if i % 10 == 0:
        frames.append((i / rate, frame("OTHER", i // 10 % rate, row)))
info, samples, end, err, punctual = send_frames(frames, "DENSE")
expected = [[1000 * c + i % 1000 for c in range(8)] for i in range(rate * seconds)]
say(len(samples) == rate * seconds and end.get("lost") == 0 and end.get("dropped") == 0,
    "14400 frames a second are all read", [str(len(samples)), str(end), err])
say(all(abs(a - b) <= 1 for got, want in zip(samples, expected) for a, b in zip(got, want)),
    "and hold what was sent")
say(any("14400" in line.split()[2:3] for line in info if line.startswith("@")), "their rate is found")

# Missing, repeated and late frames, a pause, a sample marked invalid.
order = list(range(4800))
order[100:105] = []                                  # five missing
order[200:202] = [order[201], order[200]]            # two changed places
order.insert(300, order[299])                        # one twice
frames = [(i / 4800, frame("ROUGH", i, [(i, 1 if i == 4000 and c == 3 else 0) for c in range(8)]))
          for i in order]
frames += [(1.5 + i / 4800, frame("ROUGH", (2400 + i) % 4800, [(i, 0)] * 8)) for i in range(4800)]
info, samples, end, err, punctual = send_frames(frames)
begins = [line.split() for line in info if line.startswith("@") and int(line.split()[5]) & 1]
# 5 missing and 1 that came late; then half a second of silence
say_if(punctual, end.get("lost") == 5 + 1 + 2400 and len(samples) == 9600 - 6, "what is lost is counted",
    [str(end), str(len(samples))])
say_if(punctual, len(begins) == 4, "each gap begins a segment", [" ".join(b) for b in begins])
pause = (int(begins[-1][1]) - int(begins[0][1])) / 1e9
say_if(punctual, abs(pause - 1.5) < 0.002, "the segment behind the pause has its time", [str(pause)])
say(any(None in row for row in samples) and any(int(line.split()[5]) & 4 for line in info if line[0] == "@"),
    "an invalid sample is missing, and its block doubtful")

# Nothing to hear.
listener = listen(1, "NOBODY")
sender = replay(EXCERPT, "--loop", "3")
time.sleep(2.5)
say(listener.poll() is None, "a stream that is not there is waited for")
listener.terminate()
listener.communicate(timeout=10)
listener.output.close()
sender.wait(timeout=10)
done = subprocess.run([DUMP, "-i", "nowhere0", "1"], capture_output=True, text=True, timeout=60, check=False)
say(done.returncode == 2 and done.stderr == "nowhere0: there is no such network interface\n",
    "an interface that is not there is wrong usage", [done.stderr])
finish()
