"""The core needs no C library: its files compile with <math.h>, the compiler's own headers, memcpy, memmove,
memset and assert alone, and the archive asks the linker for nothing else.

With ARCHIVE (and NM) in the environment it is that archive alone that is looked at.
"""
import glob
import os
import re
import shutil
import subprocess
import tempfile

from tap import finish, say, skip

# C11 7.12; sincos is what gcc makes of sin and cos of the same number.
ONE = "acos asin atan cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 log log10 log1p log2 logb cbrt " \
      "fabs sqrt erf erfc lgamma tgamma ceil floor nearbyint rint round trunc".split()
TWO = "atan2 hypot pow fmod remainder copysign nextafter fdim fmax fmin".split()
WHOLE = {"lrint": "long", "llrint": "long long", "lround": "long", "llround": "long long", "ilogb": "int"}
OTHER = "fma frexp ldexp modf remquo scalbn scalbln".split()
MATHEMATICS = {name + tail for name in [*ONE, *TWO, *WHOLE, *OTHER, "sincos"] for tail in ("", "f")}
MEMORY = {"memcpy", "memmove", "memset"}
ASSERT = {"__assert_fail", "__assert_func", "assert_failed"}  # of glibc, of newlib, of the headers below
# What a compiler calls on its own: arithmetic of 64 bits on ARM, the processor's abilities on x86.
COMPILER = re.compile(r"__aeabi_\w+|__cpu_model|__cpu_indicator_init|_GLOBAL_OFFSET_TABLE_")

HEADERS = {
    "math.h": "\n".join(
        [f"double {n}(double); float {n}f(float);" for n in ONE] +
        [f"double {n}(double, double); float {n}f(float, float);" for n in TWO] +
        [f"{t} {n}(double); {t} {n}f(float);" for n, t in WHOLE.items()] +
        ["double fma(double, double, double); float fmaf(float, float, float);",
         "double frexp(double, int *); double ldexp(double, int); double modf(double, double *);",
         "#define NAN __builtin_nanf(\"\")", "#define INFINITY __builtin_inff()",
         *(f"#define {n}(x) __builtin_{n}(x)" for n in ("isnan", "isinf", "isfinite", "signbit"))]),
    "string.h": "#include <stddef.h>\nvoid *memcpy(void *restrict, const void *restrict, size_t);\n"
                "void *memmove(void *, const void *, size_t);\nvoid *memset(void *, int, size_t);\n",
    "assert.h": "void assert_failed(const char *, int);\n"
                "#define assert(x) ((x) ? (void)0 : assert_failed(#x, __LINE__))\n",
}


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def asked_for(*files):
    """Names that none of the files defines, beside those that are allowed."""
    done = run(os.environ.get("NM", "nm"), "-g", *files)
    symbols = re.findall(r"^[0-9a-f ]*\s([A-Za-z]) (\S+)$", done.stdout, re.MULTILINE)
    known = {name for kind, name in symbols if kind not in "Uwv"}
    wanted = {name for kind, name in symbols if kind in "Uwv"} - known
    if done.returncode or not known:
        return [done.stdout]
    return sorted(n for n in wanted - MATHEMATICS - MEMORY - ASSERT if not COMPILER.fullmatch(n))


def check_archive(path):
    found = asked_for(path)
    say(not found, f"{os.path.basename(path)} asks for mathematics, memory and assert alone", found)


def check_sources(compiler, root, folder):
    own = run(compiler, "-print-file-name=include").stdout.strip()
    failed, objects = [], []
    for file in sorted(glob.glob(f"{root}/src/metrology/*.c") + glob.glob(f"{root}/src/quantity/*.c")):
        if "_avx" in file:  # for processors that have a C library
            continue
        out = os.path.join(folder, f"{compiler}-{os.path.basename(file)}.o")
        done = run(compiler, "-ffreestanding", "-nostdinc", "-isystem", own, "-isystem", folder, "-std=c11", "-O1",
                   "-Wall", "-Wextra", "-Werror", "-Wno-psabi", "-fno-stack-protector", f"-I{root}/src", "-c", file,
                   "-o", out)
        failed += done.stdout.splitlines()
        objects.append(out)
    say(not failed, f"{len(objects)} files of the core compile with no C library's headers ({compiler})", failed[:30])
    found = [] if failed else asked_for(*objects)
    say(not failed and not found, f"and ask for mathematics, memory and assert alone ({compiler})", found)


if "ARCHIVE" in os.environ:
    check_archive(os.environ["ARCHIVE"])
else:
    check_archive(f"{os.environ['BUILD']}/src/metrology/libmetrology.a")
    with tempfile.TemporaryDirectory() as top:
        for name, text in HEADERS.items():
            with open(os.path.join(top, name), "w", encoding="utf-8") as header:
                header.write(text)
        for cc in ("gcc", "clang-14"):
            if shutil.which(cc):
                check_sources(cc, os.environ["TEST_ROOT"], top)
            else:
                skip(f"files of the core compile with no C library's headers ({cc})", "no such compiler here")
        # The check sees what it is for.
        bad = os.path.join(top, "bad.c")
        with open(bad, "w", encoding="utf-8") as planted:
            planted.write("void *malloc(unsigned long); void *memory(void); void *memory(void) { return malloc(1); }\n")
        run("gcc", "-c", bad, "-o", f"{top}/bad.o")
        say(asked_for(f"{top}/bad.o") == ["malloc"], "a call of malloc would be seen")
finish()
