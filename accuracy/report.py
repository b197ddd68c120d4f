"""Turns the points that busbar-accuracy measured into a page, a summary for the terminal and one for the README.

A point is a dict of the columns of accuracy.csv (tools/accuracy). The page is one file without scripts and
without anything from the network."""
import html as markup
import math

import words


def share(row):
    """|error| as a part of the limit; infinite where there is no number, or where the limit is 0 and missed."""
    if math.isnan(row["limit"]):
        return 0.0
    if math.isnan(row["error"]):
        return math.inf
    if row["limit"] == 0:
        return 0.0 if row["error"] == 0 else math.inf
    return abs(row["error"]) / row["limit"]


def grouped(rows, *names):
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def figure(value):
    if math.isnan(value):
        return "none"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.3g}"


def percent(part):
    if math.isinf(part):
        return "∞"
    return f"{100 * part:.0f} %" if part >= 0.0095 else f"{100 * part:.1g} %"


def with_unit(value, unit):
    return f"{figure(value)} {unit}".rstrip()


def order_of(section):
    return list(words.SECTIONS).index(section) if section in words.SECTIONS else len(words.SECTIONS)


# --- Terminal and README ---------------------------------------------------------------------------

def text(rows):
    lines = []
    for (section,), own in sorted(grouped(rows, "section").items(), key=lambda g: order_of(g[0][0])):
        lines.append(f"\n{words.SECTIONS.get(section, (section, ''))[0]}")
        for (function, subject, class_), points in grouped(own, "function", "subject", "class").items():
            worst = max(points, key=share)
            verdict = "ok  " if all(p["pass"] == "yes" for p in points) else "FAIL"
            lines.append(f"  {verdict} {function:22} {subject:20} {class_:8} {len(points):5} points  worst "
                         f"{percent(share(worst)):>6} of the limit  ({with_unit(abs(worst['error']), worst['unit'])})")
    return "\n".join(lines) + "\n"


def markdown(rows):
    lines = ["| | worst | limit | where from |", "|---|---|---|---|"]
    for section, subject, function, class_, sentence in words.README:
        points = [r for r in rows if r["section"] == section and subject in ("", r["subject"])
                  and r["function"] == function and class_ in ("", r["class"])]
        if points:
            worst = max(points, key=share)
            lines.append(f"| {sentence} | {with_unit(abs(worst['error']), worst['unit'])} | "
                         f"{with_unit(worst['limit'], '')} | {worst['source']} |")
    return "\n".join(lines) + "\n"


# --- Plots ---------------------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 200, 54, 10, 10, 34


def nice_step(span, count):
    raw = span / count
    power = 10 ** math.floor(math.log10(raw))
    return next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)


def tick_text(value):
    return f"{value:.6g}".replace("e-0", "e-").replace("e+0", "e")


class Scale:
    def __init__(self, low, high, to_low, to_high, logarithmic):
        self.log = logarithmic
        if logarithmic:
            low, high = math.log10(low), math.log10(high)
        if high - low < 1e-12 * max(1, abs(high)):
            low, high = low - 0.5, high + 0.5
        self.low, self.high, self.to_low, self.to_high = low, high, to_low, to_high

    def at(self, value):
        value = math.log10(value) if self.log else value
        return self.to_low + (value - self.low) / (self.high - self.low) * (self.to_high - self.to_low)

    def ticks(self, count):
        if self.log:
            ticks = [m * 10 ** p for p in range(math.floor(self.low), math.ceil(self.high) + 1) for m in (1, 2, 5)]
            ticks = [t for t in ticks if self.low - 1e-9 <= math.log10(t) <= self.high + 1e-9]
            return ticks if len(ticks) <= 7 else [t for t in ticks if f"{t:e}"[0] == "1"]
        step = nice_step(self.high - self.low, count)
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def plot(points, title):
    """Errors over x, each point's limit as a dash above and below. Points that overlap are drawn once."""
    points = [p for p in points if not math.isnan(p["x"]) and not math.isnan(p["error"])]
    if len(points) < 3:
        return ""
    xs = [p["x"] for p in points]
    limits = [p["limit"] for p in points if not math.isnan(p["limit"])]
    top = 1.15 * max([abs(p["error"]) for p in points] + limits + [1e-30])
    logarithmic = min(xs) > 1e-6 * max(xs) and max(xs) / min(xs) > 25
    margin = 0 if logarithmic else 0.03 * (max(xs) - min(xs))
    x = Scale(min(xs) - margin, max(xs) + margin, LEFT, WIDTH - RIGHT, logarithmic)
    y = Scale(-top, top, HEIGHT - BOTTOM, TOP, False)
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{markup.escape(title)}">']
    for tick in y.ticks(4):
        parts.append(f'<path class="grid" d="M{LEFT} {y.at(tick):.1f}H{WIDTH - RIGHT}"/>'
                     f'<text x="{LEFT - 6}" y="{y.at(tick) + 3.5:.1f}" text-anchor="end">{tick_text(tick)}</text>')
    for tick in x.ticks(6):
        parts.append(f'<text x="{x.at(tick):.1f}" y="{HEIGHT - 18}" text-anchor="middle">{tick_text(tick)}</text>')
    parts.append(f'<text class="axis" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
                 f'{markup.escape(points[0]["axis"])}</text>')
    dashes, dots, bad = set(), {}, []
    for p in points:
        at = x.at(p["x"])
        if not math.isnan(p["limit"]):
            dashes |= {(round(at), round(y.at(s * p["limit"]), 1)) for s in (1, -1)}
        place = (round(at), round(y.at(p["error"])))
        if p["pass"] != "yes":
            bad.append((place, p))
        elif place not in dots or share(p) > share(dots[place]):
            dots[place] = p
    width = 7 if len({d[0] for d in dashes}) < 25 else 3
    parts.append('<path class="limit" d="' + "".join(f"M{a - width} {b}h{2 * width}" for a, b in sorted(dashes)) + '"/>')
    named = len(dots) <= 250
    for (a, b), p in dots.items():
        tip = f"<title>{markup.escape(p['subject'] + ': ' + with_unit(p['error'], p['unit']) + '; ' + p['condition'])}</title>" \
            if named else ""
        parts.append(f'<circle cx="{a}" cy="{b}" r="2.2">{tip}</circle>' if tip else f'<circle cx="{a}" cy="{b}" r="2"/>')
    for (a, b), p in bad[:200]:
        parts.append(f'<path class="bad" d="M{a - 4} {b - 4}l8 8m0-8l-8 8"><title>{markup.escape(p["condition"])}</title></path>')
    parts.append("</svg>")
    return "".join(parts)


def plots(rows):
    out = []
    for (function, class_, unit, axis), points in grouped(rows, "function", "class", "unit", "axis").items():
        if not axis:
            continue
        subjects = list(dict.fromkeys(p["subject"] for p in points))
        what = subjects[0] if len(subjects) == 1 else f"{len(subjects)} subjects"
        drawing = plot(points, f"{function}: error in {unit}")
        if drawing:
            out.append(f'<figure><figcaption><b>{markup.escape(function)}</b> <span>{markup.escape(what)}, '
                       f'{class_text(class_)}; error in {markup.escape(unit or "its unit")}, {len(points)} points</span>'
                       f'</figcaption>{drawing}</figure>')
    return '<div class="plots">' + "".join(out) + "</div>" if out else ""


# --- Tables ------------------------------------------------------------------------------------------------

def class_text(class_):
    return "as asked" if class_ == "asked" else f"class {markup.escape(class_)}"


def bar(part):
    width = 100 * min(part, 1) if not math.isinf(part) else 100
    return f'<span class="bar{" bad" if part > 1 else ""}"><i style="width:{width:.1f}%"></i></span>'


def verdict(points):
    bad = sum(p["pass"] != "yes" for p in points)
    return '<span class="pass">pass</span>' if not bad else f'<span class="fail">✕ {bad} outside</span>'


def table(rows):
    """A line for each function and subject."""
    several = len({row["subject"] for row in rows}) > 1
    lines = ["<table><thead><tr><th>Function" + ("<th>Under test" if several else "") +
             "<th>Worst, of its limit<th class=n>Error<th class=n>Limit<th>Verdict<th>Class<th class=n>Points"
             "<th>Where the worst is; source of the limit</tr></thead><tbody>"]
    for (function, subject, class_, unit), points in grouped(rows, "function", "subject", "class", "unit").items():
        worst = max(points, key=share)
        lines.append(
            f'<tr><th>{markup.escape(function)}' + (f"<td class=subject>{markup.escape(subject)}" if several else "") +
            f'<td class=share>{bar(share(worst))}<b>{percent(share(worst))}</b>'
            f'<td class=n>{figure(worst["error"])} <small>{markup.escape(unit)}</small>'
            f'<td class=n>{figure(worst["limit"])}'
            f'<td>{verdict(points)}<td class=subject>{markup.escape(class_)}<td class=n>{len(points):,}'
            f'<td class=where>{markup.escape(worst["condition"])} <small>({markup.escape(worst["source"])})</small></tr>')
    return '<div class="wide">' + "\n".join(lines) + "</tbody></table></div>"


def matrix(rows):
    """Functions down, what is under test across: the worst share of the limit in each."""
    subjects = list(dict.fromkeys(row["subject"] for row in rows))
    lines = ["<table class=matrix><thead><tr><th>Function" +
             "".join(f"<th>{markup.escape(s)}" for s in subjects) + "</tr></thead><tbody>"]
    for (function,), own in grouped(rows, "function").items():
        cells = []
        for subject in subjects:
            points = [p for p in own if p["subject"] == subject]
            if not points:
                cells.append("<td class=none>–")
                continue
            worst = max(points, key=share)
            bad = any(p["pass"] != "yes" for p in points)
            tip = f"{with_unit(worst['error'], worst['unit'])}, limit {figure(worst['limit'])}: {worst['condition']}"
            classes = sorted({p["class"] for p in points})
            cells.append(f'<td class="{"bad" if bad else ""}" title="{markup.escape(tip)}">{bar(share(worst))}'
                         f'<b>{"✕ " if bad else ""}{percent(share(worst))}</b> '
                         f'<small>{markup.escape(", ".join(classes))}</small>')
        lines.append(f"<tr><th>{markup.escape(function)}" + "".join(cells) + "</tr>")
    return '<div class="wide">' + "\n".join(lines) + "</tbody></table></div>"


def section(name, rows):
    title, sentence = words.SECTIONS.get(name, (name, ""))
    subjects = {row["subject"] for row in rows}
    out = [f'<section id="{markup.escape(name)}"><h2>{markup.escape(title)} {verdict(rows)}</h2><p>{sentence}</p>']
    if len(subjects) > 3:
        out.append(matrix(rows))
        out.append("<details><summary>Every line: errors, limits, sources</summary>" + table(rows) + "</details>")
    else:
        out.append(table(rows))
    out.append(plots(rows))
    return "".join(out) + "</section>"


# --- The page ----------------------------------------------------------------------------------------------------

STYLE = """
:root{color-scheme:light dark;--bg:#fbfbfa;--fg:#1b1d1f;--soft:#63686d;--line:#dcdedf;--ink:#2a5d8f;--ok:#23713d;--bad:#b3261e;--track:#e7e9ea}
@media(prefers-color-scheme:dark){:root{--bg:#141618;--fg:#e4e6e8;--soft:#9aa1a7;--line:#303438;--ink:#79b0e4;--ok:#7cc592;--bad:#ff8a80;--track:#26292c}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem 1.25rem 4rem;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.5rem;font-weight:600;margin:0}h2{font-size:1.15rem;font-weight:600;margin:2.5rem 0 .3rem}
p,ul{max-width:46rem;margin:.4rem 0}li{margin:.15rem 0}small,.soft{color:var(--soft);font-size:.86em}
.verdict{font-size:1.15rem;margin:.6rem 0 1rem}.pass{color:var(--ok);font-weight:600}.fail{color:var(--bad);font-weight:600}
h2 .pass,h2 .fail{font-size:.85rem;margin-left:.4rem}
nav a{color:var(--ink);margin-right:1rem;display:inline-block}
.wide{overflow-x:auto;margin:.8rem 0}
table{border-collapse:collapse;font-size:.88rem;min-width:100%}
th,td{text-align:left;vertical-align:top;padding:.32rem .7rem .32rem 0;border-bottom:1px solid var(--line)}
thead th{color:var(--soft);font-weight:500;white-space:nowrap}tbody th{font-weight:600;min-width:5rem}
.n{text-align:right;white-space:nowrap}.subject{white-space:nowrap}.where{min-width:17rem;color:var(--soft)}
.bar{display:inline-block;width:5.5rem;height:.5rem;background:var(--track);border-radius:2px;vertical-align:middle;margin-right:.5rem}
.bar i{display:block;height:100%;background:var(--ink);border-radius:2px;min-width:1px}.bar.bad i{background:var(--bad)}
.share{white-space:nowrap}.share b,.matrix b{font-weight:500}
.matrix td{white-space:nowrap}.matrix .bar{display:block;width:4.2rem;margin:.3rem 0 .15rem}.matrix .bad b{color:var(--bad)}.none{color:var(--soft)}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,23rem),1fr));gap:1.2rem 1.6rem;margin:1.2rem 0}
figure{margin:0}figcaption{font-size:.85rem}figcaption span{color:var(--soft)}
svg{width:100%;height:auto;display:block}svg text{font-size:10px;fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1}.limit{stroke:var(--bad);stroke-width:1.3;opacity:.75}circle{fill:var(--ink);opacity:.6}
.bad{stroke:var(--bad)}svg .bad{stroke-width:1.8;fill:none}
summary{cursor:pointer;color:var(--ink);margin:.6rem 0}
@media(max-width:40rem){body{padding:1rem .8rem 3rem}h1{font-size:1.25rem}.where{min-width:15rem}table{font-size:.82rem}.bar{width:3.2rem}}
"""


def html(rows, conditions):
    outside = [row for row in rows if row["pass"] != "yes"]
    judged = [row for row in rows if not math.isnan(row["limit"])]
    sections = sorted(grouped(rows, "section").items(), key=lambda g: order_of(g[0][0]))
    if conditions["broken"]:
        line = f'<span class="fail">✕ not complete: {markup.escape(", ".join(conditions["broken"]))} did not run</span>'
    elif outside:
        names = ", ".join(dict.fromkeys(f"{r['function']} ({r['subject']})" for r in outside))
        line = f'<span class="fail">✕ {len(outside)} of {len(judged):,} points outside of their limits</span>: {markup.escape(names)}'
    else:
        line = f'<span class="pass">All {len(judged):,} points inside of their limits</span>'
    spoiled = (f'<p class="fail">Every channel was spoiled on purpose by {markup.escape(conditions["wrong_gain"])} %: '
               'this run shows that the test can fail.</p>') if conditions["wrong_gain"] else ""
    brief = "<p>A brief run: fewer points of everything. <code>make accuracy</code> measures all of them.</p>" \
        if conditions["brief"] else ""
    links = "".join(f'<a href="#{markup.escape(name)}">{markup.escape(words.SECTIONS.get(name, (name, ""))[0])}</a>'
                    for (name,), _ in sections)
    body = "".join(section(name, own) for (name,), own in sections)
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,'
            f'initial-scale=1"><title>Accuracy of Busbar</title><style>{STYLE}</style></head><body>'
            f'<header><h1>Accuracy of Busbar</h1><p class="verdict">{line}</p>{spoiled}{brief}<nav>{links}</nav></header>'
            f'{words.INTRODUCTION}{body}'
            f'<footer><p class="soft">{len(rows):,} points in {conditions["seconds"]:.0f} s. Each of them stands in '
            f'<code>accuracy.csv</code> beside this page.</p></footer></body></html>\n')
