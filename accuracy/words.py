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
    ("ideal", "", "V", "", "Phase voltages, ideal signals 42.5–69 Hz"),
    ("ideal", "", "I", "", "Currents, ideal signals"),
    ("ideal", "", "P", "", "Active power, ideal signals"),
    ("ideal", "", "F", "", "Frequency, ideal signals"),
    ("ideal", "", "Uh", "", "Each voltage harmonic 2–63, ideal signals"),
    ("ideal", "", "Udip", "", "Residual voltage of dips of any length, angle and phases"),
]
