"""TAP for tests in Python: say(ok, text, lines that explain a failure) or skip(text, why), then finish()."""
import sys

_points = []


def say(ok, text, lines=()):
    _points.append(bool(ok))
    print(f"{'ok' if ok else 'not ok'} {len(_points)} - {text}")
    for line in () if ok else lines:
        print(f"# {line}")


def skip(text, why):
    say(True, f"{text} # SKIP {why}")


def finish():
    print(f"1..{len(_points)}")
    sys.exit(0 if all(_points) and _points else 1)
