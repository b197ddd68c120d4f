"""What the report says in words: its sections, its conditions, and which figures the README shows."""

SECTIONS = {
    "ideal": ("Ideal signals", "Mathematical signals, rounded to the 32-bit samples that the core takes, against closed forms: "
              "what the arithmetic itself is worth. 9600 samples per second, all windows from the first one on; the half-cycle "
              "values too. Each point is the worst of all windows, channels and loads."),
    "chain": ("The modelled chain", "Signal → sensor → analogue input → converter → core, at the test points of the standards: "
              "the meter alone with converters of 16 and 24 bits, and with each family of sensors. A point is the worst of the "
              "corners of the models' limits and of seeded random draws. Columns: share of the limit used, and the class."),
    "influence": ("Influence quantities", "How much the error of active power changes when something else than the load "
                  "does: frequency, voltage, distortion, lost phases, phase order. The additional error is the difference to "
                  "the same chain under reference conditions."),
    "quality": ("Power quality, in the shape of IEC 62586-2", "Each parameter at points over its range, under the influence "
                "states of the standard, through the meter alone."),
    "flicker": ("Flicker", "The tables of IEC 61000-4-15, each point on its own after settling."),
}

INTRODUCTION = """
<section><h2>How to read this page</h2>
<p>Every reading is compared with a truth that follows from the definition of the signal, not with another reading. The share is
|error| ÷ limit: below 100 % is a pass. In the plots, a dot is a point and the red dashes above and below it are its limits.</p>
<ul>
<li><b>What is modelled, not measured:</b> sensors, analogue inputs and converters are models with the limits that
<code>docs/accuracy.md</code> lists. A pass shows that the core and the test points fit together, and that a chain whose parts stay
inside these models stays in its class. It is no type test of a device.</li>
<li><b>[K]</b> marks limits and test points that were written down from general knowledge of a standard, without its text at
hand, <b>[K?]</b> those in doubt, <b>[S]</b> those seen in a public source. Check them against the bought standard before claiming
compliance.</li>
</ul></section>
"""

# section, subject ("": any), function, class ("": any), sentence
README = [
    ("ideal", "", "V", "", "Ideal signals, 42.5–69 Hz: voltage"),
    ("ideal", "", "I", "", "— current"),
    ("ideal", "", "P", "", "— active power"),
    ("ideal", "", "Q", "", "— reactive power"),
    ("ideal", "", "F", "", "— frequency"),
    ("ideal", "", "phi", "", "— angle of the current"),
    ("ideal", "", "Uh", "", "— each voltage harmonic, 1–63"),
    ("ideal", "", "Udip", "", "— residual voltage of dips of any length, angle and phases"),
    ("ideal", "", "Ea", "", "— a year of energy"),
    ("chain", "meter 16 bit", "Ea", "0.2S", "Meter alone, 16-bit converter: active energy, class 0.2S"),
    ("chain", "meter 16 bit", "Er", "1S", "— reactive energy, class 1S"),
    ("chain", "TE", "Ea", "0.5S", "With TE sensors: active energy, class 0.5S"),
    ("chain", "TR", "Ea", "1", "With TR sensors: active energy, class 1"),
    ("quality", "", "magnitude", "A", "Under influence states: voltage, class A"),
    ("quality", "", "harmonics", "I", "— harmonics, class I"),
    ("flicker", "", "Pst", "", "Flicker, table 5: P_st"),
]
