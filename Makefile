# A thin front door; meson and ninja do the work. `make help` lists what there is.
DESTDIR ?=
SPEED   ?= 1
export JOBS

.DEFAULT_GOAL := all
.PHONY: help all run firmware firmware-figures test check-slow accuracy bench fuzz install docs format clean deps deps-test deps-bench

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

all: deps ## the program: build/busbar
	@tools/build build busbar

run: all ## build, and start the demo installation; Ctrl-C ends it
	@build/busbar demo --data data/demo --speed $(SPEED)

test: deps-test ## every test; the last line is "N passed, N failed"
	@tests/run

check-slow: deps-test ## the tests that take long (hundreds of power cuts, long fuzzing)
	@tests/run --slow

accuracy: deps-test ## measure known signals, judge every reading; writes build/accuracy/report.html
	@OPTIONS=-Dtests=enabled tools/build build accuracy/busbar-accuracy
	@tools/accuracy

firmware-figures: deps-test ## what the core takes of a Cortex-M7, into docs/firmware.md
	@OPTIONS=-Dtests=enabled tools/build build-arm
	@tools/firmware-figures

firmware: deps-firmware ## the core alone for a Cortex-M7: build-arm/src/metrology/libmetrology.a
	@tools/build build-arm

bench: deps-bench ## measure; writes build/bench.json
	@OPTIONS=-Dbench=enabled tools/build build
	@tools/bench

fuzz: deps-test ## each fuzz target for FUZZ_SECONDS (60)
	@OPTIONS=-Dtests=enabled tools/build build-clang
	@tools/fuzz --seconds $${FUZZ_SECONDS:-60}

install: all ## program, man page, examples, service file below DESTDIR
	@DESTDIR=$(abspath $(DESTDIR)) meson install -C build --no-rebuild --quiet

docs: all ## the parts of docs/ that the program itself tells
	@tools/docs

format: deps-test ## clang-format on every C file
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

clean: ## removes the build trees
	@rm -rf build build-san build-tsan build-arm build-clang

deps:
	@tools/deps build
deps-test:
	@tools/deps build firmware test
	@tools/node-modules
deps-firmware:
	@tools/deps build firmware
deps-bench:
	@tools/deps build firmware test bench
