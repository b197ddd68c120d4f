"""What each register of the published tables must read, worked out from the tables' own words: the text
of a row says the quantity, its type and scale the words. Nothing here comes from the program's map."""
import csv
import datetime
import math
import os
import re
from decimal import Decimal
from fractions import Fraction

ROOT = os.environ["TEST_ROOT"]
REFERENCE = os.path.join(os.environ.get("BUSBAR_SHARED", os.path.join(ROOT, "..", "shared")),
                         "reference/registers_digiware.csv")
WORDS = {"U8": 1, "U16": 1, "U16_HEX": 1, "S16": 1, "U32": 2, "U32_HEX": 2, "S32": 2, "U64_HEX": 4, "DATETIME": 2,
         "DATETIME_3": 3}

# Blocks of the tables that are served, and to which kind of device.
NETWORK = ("Inst. measurement - Network", "Inst. fundamental measurement - Network", "Inst. V harmonics - Network",
           "Inst. U harmonics - Network")
LOAD = ("Load settings #1", "Inst. measurement - Load #1", "Inst. fundamental measurement - Load #1",
        "Inst. I harmonics - Load #1", "Energy measurement - Load #1")
EVERYBODY = ("Product identification",)
BLOCKS = {"D-70": EVERYBODY, "U-30": EVERYBODY + ("Network",) + NETWORK,
          "I-35": EVERYBODY + ("Network", "Sensors") + LOAD, "I-45": EVERYBODY + ("Network", "Sensors") + LOAD,
          "A-200": EVERYBODY + ("Network", "Sensors") + LOAD + NETWORK}


def published():
    """Rows of the tables by block: {block: [row]}, each with address and words as numbers."""
    blocks = {}
    with open(REFERENCE, encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["family"] == "digiware_b30":
                block, _, row["text"] = row["quantity"].partition(": ")
                row["address"], row["words"] = int(row["address_dec"]), int(row["words"])
                blocks.setdefault(block, []).append(row)
    return blocks


def stride(block):
    return 32 if block == "Load settings #1" else 2048 if block.endswith("Load #1") else 0


class Scene:
    """One device, and one of its loads (None: a free place, or no load at all)."""

    def __init__(self, told, device, load):
        self.told, self.device, self.load = told, device, load
        self.is_load = load is not None
        self.point = told["points"][load["point"] if load else 0]

    def value(self, name):
        return self.point and self.point["values"].get(name)

    def spectrum(self, name):
        return self.point and self.point["spectra"].get(name)

    def angle(self, name):
        s = self.spectrum(name)
        if not s:
            return None
        order = ("V1", "V2", "V3", "VN", "U12", "U23", "U31", "I1", "I2", "I3", "IN")
        reference = next(self.spectrum(c) for c in order if self.spectrum(c))
        return turn(s["angle_rad"] - reference["angle_rad"])

    def harmonics(self, name, first, last):
        s = self.spectrum(name)
        if not s or len(s["rms"]) <= last:
            return None
        return 100 * math.sqrt(sum(x * x for x in s["rms"][first:last + 1])) / s["rms"][1]

    def fundamental_power(self, phase, what):
        line = 1 if self.load["phases"] == 1 else self.load["phase"][phase - 1]
        v, i = self.spectrum(f"V{line}"), self.spectrum(f"I{phase}")
        if not v or not i:
            return None
        lag = v["angle_rad"] - i["angle_rad"]
        return v["rms"][1] * i["rms"][1] * (math.cos(lag) if what == "P" else math.sin(lag))

    def reactive(self, phase, lagging):
        p, q = self.value("P" + phase), self.value("Q" + phase)
        return None if q is None else q if (p * q > 0) == lagging else 0

    def kind_of_pf(self, phase):
        p, q = self.value("P" + phase), self.value("Q" + phase)
        return 0 if q is None or p * q == 0 else 2 if p * q > 0 else 1


def turn(radians):
    """-180 ... 180 degrees."""
    return math.degrees(math.atan2(math.sin(radians), math.cos(radians)))


def upper(name):
    return name.replace("n", "N").upper()


ENERGIES = {"Ea+": "EA_POS", "Ea-": "EA_NEG", "Er+": "ER_POS", "Er-": "ER_NEG", "Eap": "ES",
            "Er+ (lagging)": "ER_POS_IND", "Er- (lagging)": "ER_NEG_IND", "Er+ (leading)": "ER_POS_CAP",
            "Er- (leading)": "ER_NEG_CAP"}


def energy(s, text):
    """Whole thousands, or (an r before the name) what is left of them."""
    if not text.startswith("Total") or not s.point:
        return None
    name = text.split(" : ")[1]
    register = ENERGIES[name.removeprefix("r")]
    mj = s.point["energy_mj"].get(register)
    if mj is None:
        return None
    wh = Fraction(mj, 3600000)
    whole = wh // 1000
    return (wh - 1000 * whole) // Fraction(1, 10) / Fraction(10) if name.startswith("r") else whole * 1000


def date(s, _):
    epoch = int(datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
    return s.point and s.point["end_ns"] // 10**9 - epoch


def sensor(s, number, what):
    for load in s.device["loads"]:
        if number in load["inputs"]:
            lane = load["inputs"].index(number)
            if what == "Way":
                return int(load["reversed"][lane])
            return 3 if lane == 3 else load["phase"][lane] - 1
    return None if what == "Way" else 5


def nominal_power(s, _):
    if not s.is_load:
        return None
    n = s.told["network"]
    factor = s.load["phases"] if n["type"].endswith("N") else math.sqrt(3)
    return factor * n["nominal_v"] * s.load["rated_a"]


LOAD_TYPES = {"1P+N-1CT": 1, "2P-1CT": 2, "2P+N-2CT": 3, "3P-1CT": 4, "3P-2CT": 5, "3P-3CT": 6, "3P+N-1CT": 7,
              "3P+N-3CT": 8, "3P+N-4CT": 9}
NETWORK_TYPES = {"1P+N": 1, "2P": 2, "2P+N": 3, "3P": 4, "3P+N": 5}

# (what the row says, the value in the row's unit). First match counts; groups are passed on.
RULES = [
    (r"Load status|Enabled", lambda s, m: int(s.is_load)),
    (r"Date of last instance", date),
    (r"Integration time", lambda s, m: s.point and (s.point["end_ns"] - s.point["start_ns"]) / 1e9),
    (r"System Ph-N Voltage", lambda s, m: s.value("VSYS")),
    (r"System Ph-Ph Voltage", lambda s, m: s.value("USYS")),
    (r"System Current", lambda s, m: s.value("ISYS")),
    (r"Frequency", lambda s, m: s.value("F")),
    (r"(?:Ph-N Voltage|Ph-Ph Voltage|Current) : (\w+)", lambda s, m: s.value(upper(m[1]))),
    (r"[IVU](nba|dir|inv|hom|nb)", lambda s, m: s.value(m[0].upper())),
    (r"Snom", nominal_power),
    (r"Total (active|reactive|apparent) power", lambda s, m: s.value({"active": "P", "reactive": "Q"}.get(m[1], "S"))),
    (r"Total (lagging|leading) reactive power", lambda s, m: s.reactive("", m[1] == "lagging")),
    (r"(Lagging|Leading) reactive power : Q(\d)_\w+", lambda s, m: s.reactive(m[2], m[1] == "Lagging")),
    (r"Total power factor", lambda s, m: s.value("PF")),
    (r"Total Power factor type", lambda s, m: s.kind_of_pf("")),
    (r"Power factor type : sPF(\d)", lambda s, m: s.kind_of_pf(m[1])),
    (r"(?:Active|Reactive|Apparent) power : (\w+)", lambda s, m: s.value(m[1])),
    (r"Power factor : (\w+)", lambda s, m: s.value(m[1])),
    (r"(?:Ph-N voltage|Ph-Ph voltage|Current): (\w+?)h1", lambda s, m: (s.spectrum(upper(m[1])) or {"rms": [0, None]})["rms"][1]),
    (r"(?:Ph-N voltage|Ph-Ph voltage|Current) phase: ph(\w+?)h1", lambda s, m: s.angle(upper(m[1]))),
    (r"phi current voltage: phiInh1Vnh1", lambda s, m: None),
    (r"phi current voltage: phiI(\d)h1V\dh1", lambda s, m: s.value("PHI" + m[1])),
    (r"([PQ])(\d)h1", lambda s, m: s.fundamental_power(int(m[2]), m[1])
     if s.is_load and s.value("P" + m[2]) is not None else None),
    (r"([PQ])toth1", lambda s, m: sum(x for x in (s.fundamental_power(p, m[1]) for p in (1, 2, 3)) if x is not None)
     if s.is_load and s.point else None),
    (r"Cos\(phi\) : phiI(\d)h1.*", lambda s, m: s.value("COSPHI" + m[1])),
    (r"Tan\(phi\) : phiI(\d)h1.*", lambda s, m: s.value("TANPHI" + m[1])),
    (r".*total harmonic distortion : THD (\w+)", lambda s, m: s.value("THD_" + upper(m[1]))),
    (r"K-Factor (\w+)", lambda s, m: s.value("K_" + upper(m[1]))),
    (r"System THD ([VUI])", lambda s, m: s.value(f"THD_{m[1]}SYS")),
    (r"Crest factor : (\w+)", lambda s, m: s.value("CF_" + upper(m[1]))),
    (r"harmonic (\w+) row (\d+)(?: to (\d+))?", lambda s, m: s.harmonics(upper(m[1]), int(m[2]), int(m[3] or m[2]))),
    (r".*[Hh]our meter|Last Partial Reset date", lambda s, m: None),
    (r".*[Ee]nergy : .*", lambda s, m: energy(s, m[0])),
    (r"Network connection type.*", lambda s, m: NETWORK_TYPES[s.told["network"]["type"]]),
    (r"Nominal Voltage", lambda s, m: s.told["network"]["nominal_v"]),
    (r"Nominal Frequency", lambda s, m: int(s.told["network"]["nominal_hz"] == 60)),
    (r"Phase rotation", lambda s, m: 0),
    (r"Voltage transformer used", lambda s, m: int(s.told["network"]["vt_primary_v"] > 0)),
    (r"Voltage transformer rate : (primary|secondary)", lambda s, m: s.told["network"][f"vt_{m[1]}_v"]),
    (r"Sensor (\d) : (Way|associated LineV)\s*", lambda s, m: sensor(s, int(m[1]), m[2])),
    (r"Type", lambda s, m: LOAD_TYPES[s.load["type"]] if s.is_load else 0),
    (r"Inom", lambda s, m: s.load["rated_a"] if s.is_load else None),
    (r"Nature|Usage", lambda s, m: None),
    # Identification
    (r'"SOCO"', lambda s, m: "SOCO"),
    (r"Product order ID.*", lambda s, m: 400),
    (r"Product ID.*", lambda s, m: s.device["product"]),
    (r"MODBUS Table Version", lambda s, m: 100),
    (r"Product software version.*", lambda s, m: 100 * version(0) + version(1)),
    (r"Product version \((Major|Minor|Revision)\)", lambda s, m: version(("Major", "Minor", "Revision").index(m[1]))),
    (r"Serial_(AA_SS|SST_L|order)", lambda s, m: serial(s.device["serial"], ("AA_SS", "SST_L", "order").index(m[1]))),
    (r"Customization data loaded.*", lambda s, m: 0),
    (r"Vendor name.*", lambda s, m: "Busbar"),
    (r"Product name.*", lambda s, m: s.device["profile"]),
    (r"Extended name", lambda s, m: s.device["extended_name"] or "Diris " + s.device["profile"]),
    (r".*VLO.*", lambda s, m: ""),
    (r"Serial_Reserve|See .*|.*\(Build.*\)|Product build date|Software technical base version.*|Customization version.*"
     r"|Net ID", lambda s, m: None),
]


def version(part):
    return int(os.environ["BUSBAR_VERSION"].split(".")[part])


def serial(text, part):
    if not re.fullmatch(r"\d{9,13}", text):
        return None
    return int(text[8:]) if part == 2 else int(text[4 * part:4 * part + 4], 16)


def value_of(scene, row):
    for pattern, rule in RULES:
        m = re.fullmatch(pattern, row["text"])
        if m:
            return rule(scene, m)
    raise LookupError(f"no rule for {row['quantity']!r} at {row['address']}")


def text_words(row, text):
    data = text.encode()
    if row["type"] == "STRING_16":
        return [data[i] if i < len(data) else 0 for i in range(row["words"])]
    data = data.ljust(2 * row["words"], b"\0")
    return [data[2 * i] << 8 | data[2 * i + 1] for i in range(row["words"])]


def words_of(scene, row):
    """The words that must stand at the row's address; None: nothing to compare with."""
    value = value_of(scene, row)
    if isinstance(value, str):
        return text_words(row, value)
    assert WORDS[row["type"]] == row["words"]
    bits = 8 if row["type"] == "U8" else 16 * row["words"]
    signed = row["type"].startswith("S")
    if value is None:
        raw = 1 << (bits - 1) if signed else (1 << bits) - 1
    else:
        exact = Fraction(value) / Fraction(Decimal(row["scale"]))
        raw = int(math.copysign(math.floor(abs(exact) + Fraction(1, 2)), exact))
        low, high = (1 - (1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 2)
        raw = max(low, min(high, raw))
    raw &= (1 << (16 * row["words"])) - 1
    return [raw >> (16 * i) & 0xFFFF for i in reversed(range(row["words"]))]


def block_words(scene, rows):
    """All words of a block, the reserved ones 0."""
    first = rows[0]["address"]
    image = [0] * (rows[-1]["address"] + rows[-1]["words"] - first)
    for row in rows:
        at = row["address"] - first
        image[at:at + row["words"]] = words_of(scene, row)
    return image


def scenes(told):
    """(device, block, shift of the addresses, scene) for everything that is served."""
    for device in told["devices"]:
        for block in BLOCKS[device["profile"]]:
            if not stride(block):
                yield device, block, 0, Scene(told, device, None)
                continue
            for n in range(device["max_loads"]):
                load = device["loads"][n] if n < len(device["loads"]) else None
                scene = Scene(told, device, load)
                if not load:
                    scene.point = None
                yield device, block, n * stride(block), scene
