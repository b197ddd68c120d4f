"""The HTTP API from outside: every path of its OpenAPI document is asked and its answer checked against its
schema; errors, caching, CSV, HEAD, metrics and health; curl as a client that is not ours."""
import json
import re
import struct
import subprocess
import time

import jsonschema
from tap import finish, say
from web import Server

V1 = "/api/v1"


def check(good, text, lines=()):
    say(good, text, [] if good else lines)


def expect(text, got, wanted):
    check(got == wanted, text, [f"got {got!r}", f"expected {wanted!r}"])


def references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def check_document(document):
    """What OpenAPI 3.0.3 asks of a document, as far as ours uses it."""
    faults, names = [], set()
    if document["openapi"] != "3.0.3" or not {"title", "version"} <= document["info"].keys():
        faults.append("openapi, info")
    for path, item in document["paths"].items():
        in_path = set(re.findall(r"{(\w+)}", path))
        for method, operation in item.items():
            where = f"{method} {path}"
            if method not in {"get", "put", "post", "delete", "patch"}:
                faults.append(f"{where}: no such method")
            if operation["operationId"] in names:
                faults.append(f"{where}: operationId is not unique")
            names.add(operation["operationId"])
            parameters = operation.get("parameters", [])
            if {p["name"] for p in parameters if p["in"] == "path" and p["required"]} != in_path:
                faults.append(f"{where}: path parameters")
            if len({(p["name"], p["in"]) for p in parameters}) != len(parameters):
                faults.append(f"{where}: a parameter is there twice")
            if not all(p["in"] in {"path", "query"} and "type" in p["schema"] for p in parameters):
                faults.append(f"{where}: parameters")
            if not all(re.fullmatch(r"[1-5]\d\d", s) and r["description"] for s, r in operation["responses"].items()):
                faults.append(f"{where}: responses")
    schemas = document["components"]["schemas"]
    for reference in references(document):
        if reference.removeprefix("#/components/schemas/") not in schemas:
            faults.append(f"{reference} leads nowhere")
    for name, schema in schemas.items():
        try:
            jsonschema.Draft4Validator.check_schema(schema)  # what OpenAPI 3.0 builds upon
        except jsonschema.SchemaError as e:
            faults.append(f"{name}: {e.message}")
    return faults


def fault_of(document, schema, value):
    """The first way in which the value is not of the schema; also names that the schema does not know."""
    whole = {"components": document["components"], **schema}
    errors = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in jsonschema.Draft4Validator(whole).iter_errors(value)]
    return errors + unknown_names(document, schema, value)


def unknown_names(document, schema, value, where=""):
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, dict) and "properties" in schema and where + schema.get("type", "") != "":
        found = []
        for key, inner in value.items():
            if key in schema["properties"]:
                found += unknown_names(document, schema["properties"][key], inner, f"{where}/{key}")
            elif schema.get("required") != ["openapi", "info", "paths"]:
                found.append(f"{where}/{key} is not in the schema")
        return found
    if isinstance(value, dict) and "additionalProperties" in schema:
        return [f for k, v in value.items() for f in unknown_names(document, schema["additionalProperties"], v, f"{where}/{k}")]
    if isinstance(value, list) and "items" in schema:
        return [f for v in value for f in unknown_names(document, schema["items"], v, f"{where}[]")]
    return []


def check_answer(s, document, path, template, headers=None):
    status, fields, body = s.ask(path, headers=headers)
    response = document["paths"][template]["get"]["responses"].get(str(status))
    if not response:
        return [f"{status} is not in the document"]
    kind = fields["content-type"].split(";")[0]
    content = {t.split(";")[0]: c for t, c in response["content"].items()}
    if kind not in content:
        return [f"{kind} is not in the document"]
    if kind != "application/json":
        return []
    return fault_of(document, content[kind]["schema"], json.loads(body))


EXAMPLES = {"{address}": "3", "{n}": "1", "{id}": "1"}
# Where the example above would not do.
ASKED = {V1 + "/devices/{address}/values": [V1 + "/devices/2/values", V1 + "/devices/247/values?harmonics=1",
                                            V1 + "/devices/3/values", V1 + "/devices/9/values"],
         V1 + "/scope": [V1 + "/scope?device=2", V1 + "/scope?device=3&load=1", V1 + "/scope?device=3", V1 + "/scope"],
         V1 + "/waveforms": [V1 + "/waveforms", V1 + "/waveforms?limit=1", V1 + "/waveforms?limit=101"],
         V1 + "/waveforms/{id}": [V1 + "/waveforms/1", V1 + "/waveforms/2?format=json", V1 + "/waveforms/1?format=csv",
                                  V1 + "/waveforms/1?format=comtrade", V1 + "/waveforms/1?format=comtrade&part=dat",
                                  V1 + "/waveforms/1?part=dat", V1 + "/waveforms/1?format=wav", V1 + "/waveforms/77"],
         V1 + "/events": [V1 + "/events", V1 + "/events?limit=1", V1 + "/events?limit=0"],
         V1 + "/tariff/calendar": [V1 + "/tariff/calendar", V1 + "/tariff/calendar?year=2027",
                                   V1 + "/tariff/calendar?year=1999"],
         V1 + "/devices/{address}": [V1 + "/devices/1", V1 + "/devices/9"],
         V1 + "/devices/{address}/loads/{n}/values": [V1 + "/devices/3/loads/1/values",
                                                      V1 + "/devices/3/loads/1/values?harmonics=true",
                                                      V1 + "/devices/3/loads/1/values?kind=10min",
                                                      V1 + "/devices/3/loads/1/values?kind=2h&harmonics=1",
                                                      V1 + "/devices/3/loads/1/values?kind=day",
                                                      V1 + "/devices/3/loads/9/values",
                                                      V1 + "/devices/3/loads/1/values?x=1"]}


def every_path(s, document, when):
    for template in document["paths"]:
        path = template
        for name, value in EXAMPLES.items():
            path = path.replace(name, value)
        for one in ASKED.get(template, [path]):
            faults = check_answer(s, document, one, template)
            check(not faults, f"{one} answers as documented, {when}", faults[:5])


def before_the_first_window(s, document):
    every_path(s, document, "before the first window")
    expect("healthz says starting", s.json("/healthz"), (503, {"status": "starting"}))
    status, answer = s.json(V1 + "/devices/3/loads/1/values")
    expect("values are not there yet", (status, answer["error"]["code"]), (503, "no_data_yet"))
    expect("info has no now", "now" in s.json(V1 + "/info")[1], False)


def facts(s):
    _, info = s.json(V1 + "/info")
    expect("the name of the installation is UTF-8", info["name"], "Werkstatt Süd")
    expect("now is the end of the newest window", info["now"], "2026-01-02T03:03:05.400000Z")
    expect("the source is simulated", info["simulated"], True)
    expect("counts", (info["device_count"], info["load_count"]), (4, 3))
    _, answer = s.json(V1 + "/devices")
    expect("devices in the order of the file", [d["address"] for d in answer["devices"]], [1, 2, 3, 247])
    expect("who measures voltage", [d["measures_voltage"] for d in answer["devices"]], [False, True, False, True])
    expect("one device is an entry of the list", s.json(V1 + "/devices/3")[1], answer["devices"][2])
    load = answer["devices"][2]["loads"][0]
    expect("a load", load, {"n": 1, "name": 'Presse "A" \\ <1>', "type": "3P+N-3CT", "phases": 3,
                            "phase": [1, 2, 3], "neutral_measured": False, "rated_current_a": 63})
    _, values = s.json(V1 + "/devices/3/loads/2/values")
    expect("a value", values["values"]["I1"], {"value": 2 + 10 / 8, "unit": "A", "quality": ["simulated"]})
    expect("flags of a value", values["values"]["F"]["quality"], ["held", "simulated"])
    expect("sequence and window", (values["sequence"], values["start"], values["cycles"]),
           (2, "2026-01-02T03:03:05.200000Z", 10))
    expect("energy is the committed one", s.json(V1 + "/devices/3/loads/1/values")[1]["values"]["EA_POS"]["value"], 2)
    _, ten = s.json(V1 + "/devices/3/loads/2/values?kind=10min")
    expect("ten minutes", (ten["values"]["I1"], ten["flags"]),
           (values["values"]["I1"], values["flags"] + ["incomplete"]))
    status, answer = s.json(V1 + "/devices/3/loads/2/values?kind=2h")
    expect("two hours are not complete yet", (status, answer["error"]["code"]), (503, "no_data_yet"))
    expect("the window is a kind too", s.json(V1 + "/devices/3/loads/2/values?kind=window")[1], values)
    _, tariff = s.json(V1 + "/tariff")
    expect("the tariff in force", tariff,
           {"source": "calendar", "zone": "UTC", "at": "2026-01-02T03:03:05.400000Z", "tariff": 1, "name": "Low",
            "until": "2026-01-02T05:00:00Z", "season": "Winter", "day": "holiday", "day_name": "Berchtold",
            "tariffs": [{"tariff": 1, "name": "Low"}, {"tariff": 2, "name": "High"}]})
    _, calendar = s.json(V1 + "/tariff/calendar")
    expect("the running year's calendar", (calendar["year"], len(calendar["days"]), calendar["changes"][0]["local"]),
           (2026, 365, "2026-01-01T00:00:00+01:00"))
    _, network = s.json(V1 + "/devices/2/values")
    expect("values of the network", (network["name"], network["values"]["V1"]["value"], "load" in network),
           ("Busbar", 1 / 8, False))
    quantities = s.json(V1 + "/quantities")[1]["quantities"]
    names = [q["name"] for q in quantities]
    expect("no quantity is there twice", len(set(names)), len(names))
    known = set(values["values"]) | set(values["not_available"])
    expect("each quantity of a load is there or not available",
           {q["name"] for q in quantities if q["scope"] == "load"} <= known <= set(names), True)
    _, scope = s.json(V1 + "/scope?device=3&load=1")
    expect("scope", (scope["start"], scope["rate_hz"], scope["frames"], list(scope["lanes"]), len(scope["lanes"]["I1"])),
           ("2026-01-02T03:03:05.400000001Z", 9600, 400, ["V1", "V2", "V3", "I1"], 400))


def events(s):
    expect("no events yet", s.json(V1 + "/events")[1], {"events": []})
    for _ in range(3):
        s.order("event begin")
    s.order("event end")
    _, answer = s.json(V1 + "/events")
    expect("newest first", [e["id"] for e in answer["events"]], [3, 2, 1])
    ended, running = answer["events"][0], answer["events"][1]
    expect("an event that ended", (ended["kind"], ended["ongoing"], ended["duration_s"], ended["unit"], "load" in ended),
           ("dip", False, 0.12, "V", False))
    own = ended["channels"][0].pop("start")
    expect("its channel began after it", ended["start"] < own < ended["end"], True)
    expect("its channel", ended["channels"], [{"name": "V2", "extreme": 120.3, "percent": 52.304348, "duration_s": 0.11}])
    expect("one that goes on", (running["ongoing"], running["load"], "end" in running), (True, 1, False))
    expect("limit", len(s.json(V1 + "/events?limit=2")[1]["events"]), 2)


def waveforms(s, document):
    expect("no waveforms yet", s.json(V1 + "/waveforms")[1], {"waveforms": [], "lost": 0})
    for _ in range(103):
        s.order("waveform")
    _, answer = s.json(V1 + "/waveforms")
    expect("the latest 100, newest first", [w["id"] for w in answer["waveforms"]], list(range(103, 3, -1)))
    expect("an older one is gone", s.ask(V1 + "/waveforms/3")[0], 404)
    for limit in (1, 7):
        expect(f"limit={limit}", len(s.json(V1 + f"/waveforms?limit={limit}")[1]["waveforms"]), limit)
    for path in ("/waveforms", "/waveforms/50", "/waveforms/50?format=csv", "/waveforms/50?format=comtrade&part=dat"):
        template = V1 + "/waveforms" + ("/{id}" if path[10:11] == "/" else "")
        faults = check_answer(s, document, V1 + path, template)
        check(not faults, f"{path} answers as documented", faults[:5])
    path = V1 + "/waveforms/50"
    _, one = s.json(path)
    listed = next(w for w in answer["waveforms"] if w["id"] == 50)
    bare = {**one, "channels": [{k: v for k, v in c.items() if k != "samples"} for c in one["channels"]]}
    expect("the list has all but the samples", listed, bare)
    # set 50 is number 49 of the fixture: all lines but the first
    names = ["V2", "V3", "U12", "U23", "U31", "I1", "I2", "I3", "IN"]
    expect("its channels", [c["name"] for c in one["channels"]], names)
    expect("samples in each", {len(c["samples"]) for c in one["channels"]}, {one["samples"]})
    status, fields, text = s.ask(path, headers={"Accept": "text/csv"})
    expect("CSV by Accept", (status, fields["content-type"].split(";")[0]), (200, "text/csv"))
    expect("CSV by format", s.ask(path + "?format=csv")[2], text)
    expect("a name to save it by", fields["content-disposition"], 'attachment; filename="waveform-50.csv"')
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    expect("CSV: the columns", lines[0].split(","), ["t"] + names)
    rows = [list(map(float, line.split(","))) for line in lines[1:]]
    expect("CSV: the samples of the JSON", [list(c) for c in zip(*rows)][1:], [c["samples"] for c in one["channels"]])
    _, fields, dat = s.ask(path + "?format=comtrade&part=dat")
    expect("COMTRADE: type and name", (fields["content-type"], fields["content-disposition"]),
           ("application/octet-stream", 'attachment; filename="waveform-50.dat"'))
    cfg = s.ask(path + "?format=comtrade")[2].decode().split("\r\n")
    factors = [float(line.split(",")[5]) for line in cfg[2:11]]
    records = list(struct.iter_unpack("<II9i", dat))
    expect("COMTRADE: numbered records", [r[0] for r in records], list(range(1, one["samples"] + 1)))
    worst = max(abs(r[2 + c] * factors[c] - one["channels"][c]["samples"][i])
                for i, r in enumerate(records) for c in range(9))
    check(worst < 1e-6, "COMTRADE: the samples of the JSON", [f"{worst} off"])
    status, again, empty = s.ask(path, headers={"If-None-Match": s.ask(path)[1]["etag"]})
    expect("304 for what does not change", (status, empty), (304, b""))
    for query in ("?format=wav", "?part=dat", "?format=csv&part=cfg", "?format=", "?limit=3"):
        expect(f"{query} is refused", s.ask(path + query)[0], 400)


def caching(s):
    path = V1 + "/devices/3/loads/1/values"
    _, fields, body = s.ask(path)
    status, again, empty = s.ask(path, headers={"If-None-Match": fields["etag"]})
    expect("304 while nothing is new", (status, again["etag"], empty), (304, fields["etag"], b""))
    expect("another tag for CSV", s.ask(path, headers={"Accept": "text/csv"})[1]["etag"] != fields["etag"], True)
    s.order("publish")
    status, newer, body_now = s.ask(path, headers={"If-None-Match": fields["etag"]})
    expect("200 after a new window", (status, newer["etag"] != fields["etag"], body_now != body), (200, True, True))
    with Server() as other:
        for _ in range(3):
            other.order("publish")
        expect("another run has other tags", other.ask(path)[1]["etag"] != newer["etag"], True)
    tag = s.ask(V1 + "/openapi.json")[1]["etag"]
    expect("the document is cached, too", s.ask(V1 + "/openapi.json", headers={"If-None-Match": f'"x", {tag}'})[0], 304)


def csv(s):
    path = V1 + "/devices/3/loads/1/values"
    for accept, wanted in (("text/csv", "text/csv"), ("text/html, text/csv;q=0.5", "text/csv"), ("*/*", "application/json"),
                           ("text/csv;q=0", "application/json"), ("application/json, text/csv;q=0.9", "application/json")):
        kind = s.ask(path, headers={"Accept": accept})[1]["content-type"].split(";")[0]
        expect(f"Accept: {accept}", kind, wanted)
    lines = s.ask(path, headers={"Accept": "text/csv"})[2].decode().split("\r\n")
    expect("CSV has a header and a line for each value", (lines[0], len(lines) - 2),
           ("device,load,end,quantity,value,unit,quality", len(s.json(path)[1]["values"])))


def errors(s):
    for method, path, status, code in (
            ("GET", "/api/v2/devices", 404, "not_found"), ("GET", "/api", 404, "not_found"),
            ("GET", V1 + "/devices/300", 404, "not_found"), ("GET", V1 + "/devices/9", 404, "not_found"),
            ("GET", V1 + "/devices/3/values", 404, "not_found"), ("GET", V1 + "/events?limit=x", 400, "bad_request"),
            ("POST", V1 + "/devices", 405, "method_not_allowed"), ("BREW", V1 + "/devices", 405, "method_not_allowed"),
            ("DELETE", "/healthz", 405, "method_not_allowed"), ("POST", "/", 405, "method_not_allowed"),
            ("GET", "/live", 426, "upgrade_required"), ("GET", "/nothing.txt", 404, "not_found")):
        got, fields, body = s.ask(path, method)
        error = json.loads(body)["error"]
        good = got == status and error["code"] == code and error["message"].endswith(".")
        good &= fields["content-type"] == "application/json" and (got != 405 or fields["allow"] == "GET, HEAD")
        check(good, f"{method} {path} is {status} {code}", [f"{got} {error}"])
    status, fields, body = s.ask(V1 + "/devices", "HEAD")
    whole = s.ask(V1 + "/devices")[2]
    expect("HEAD is GET without its body", (status, int(fields["content-length"]), body), (200, len(whole), b""))
    status, answer = s.json(V1 + "/devices/3/values")
    check("does not measure voltage" in answer["error"]["message"], "a 404 says what is missing")


def security(s):
    for path in ("/", V1 + "/info", "/nothing.txt", "/metrics"):
        fields = s.ask(path)[1]
        check("default-src 'self'" in fields["content-security-policy"] and "frame-ancestors 'none'" in
            fields["content-security-policy"] and fields["x-content-type-options"] == "nosniff" and
            fields["referrer-policy"] == "no-referrer" and "server" not in fields, f"{path} has its security fields")


METRIC = re.compile(r'[a-z_:][a-z0-9_:]*(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.]+(e[+-]?\d+)?)')


def metrics(s):
    time.sleep(0.25)  # an answer serves for 200 ms
    status, fields, body = s.ask("/metrics")
    expect("content type of metrics", (status, fields["content-type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
    lines, typed, seen, bad = body.decode().splitlines(), {}, set(), []
    current = None
    for line in lines:
        if line.startswith("# HELP "):
            current = line.split()[2]
            bad += [line] if current in typed else []
        elif line.startswith("# TYPE "):
            typed[line.split()[2]] = line.split()[3]
        else:
            name = re.split(r"[{ ]", line)[0]
            series = line.rsplit(" ", 1)[0]
            if not METRIC.fullmatch(line) or name != current or series in seen:
                bad.append(line)
            if (typed.get(name) == "counter") != name.endswith("_total"):
                bad.append(line)
            seen.add(series)
    check(not bad, "metrics keep to the text format, each once, after its HELP and TYPE", bad[:5])
    wanted = ['busbar_i1_amperes{device="3",load="1",name="Presse \\"A\\" \\\\ <1>"} 2.25',
              'busbar_v1_volts{device="2",name="Busbar"} 0.125', 'busbar_windows_total{device="2",name="Busbar"} 3',
              'busbar_ea_pos_joules_total{device="3",load="1",name="Presse \\"A\\" \\\\ <1>"} 10800']
    expect("samples", [w for w in wanted if w not in lines], [])
    ratio = next(line for line in lines if line.startswith('busbar_thd_v1_ratio{device="2"'))
    expect("percent becomes a ratio", float(ratio.split()[-1]), 48 / 8 / 100)


def health():
    with Server(stale_ms=300) as s:
        s.order("publish")
        time.sleep(0.1)
        status, answer = s.json("/healthz")
        expect("healthz is ok with fresh values", (status, answer["status"]), (200, "ok"))
        time.sleep(0.5)
        status, answer = s.json("/healthz")
        check(status == 503 and answer["status"] == "stale" and answer["age_s"] >= 0.3, "healthz says when they are stale",
            [f"{status} {answer}"])


def curl(s):
    def run(*arguments):
        done = subprocess.run(["curl", "-s", "--max-time", "5", "-o", "-", "-w", "\n%{http_code}", *arguments],
                              stdout=subprocess.PIPE, check=False)
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), body
    base = f"http://127.0.0.1:{s.port}"
    expect("curl reads values", run(base + V1 + "/devices")[0], 200)
    expect("curl that offers HTTP/2 gets HTTP/1.1", run("--http2", base + "/healthz")[0], 200)
    expect("curl with HTTP/1.0", run("--http1.0", base + "/healthz")[0], 200)
    expect("curl's body that waits for 100 Continue",
           run("-X", "PUT", "-H", "Expect: 100-continue", "--data-binary", "x" * 60000, base + V1 + "/devices")[0], 405)
    expect("curl's chunked body", run("-T", "-", "-H", "Transfer-Encoding: chunked", base + V1 + "/devices")[0], 411)
    expect("curl's body that is too long",
           run("-X", "PUT", "--data-binary", "x" * 70000, base + V1 + "/devices")[0], 413)
    compressed = run("--compressed", base + "/")
    check(compressed[0] in (200, 503) and b"<html" in compressed[1].lower(), "curl decompresses the page")


def main():
    with Server() as s:
        _, document = s.json(V1 + "/openapi.json")
        faults = check_document(document)
        check(not faults, "the document is OpenAPI 3.0.3", faults)
        before_the_first_window(s, document)
        s.order("publish")
        s.order("publish")
        every_path(s, document, "with values")
        facts(s)
        events(s)
        waveforms(s, document)
        every_path(s, document, "with events")
        caching(s)
        csv(s)
        errors(s)
        security(s)
        metrics(s)
        curl(s)
    health()
    finish()


main()
