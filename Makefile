# wayfare
#   make            builds ./wayfare                        make test       every test; ends in "N passed, N failed"
#   make deps       Debian packages, only those missing     make test-long  the same with the long laws and real cases
#   make demo       runs the first scenario and draws it    make lint       the house rules, one line per finding
#   make bench      what things cost on this machine        make clean      removes build/ and ./wayfare
# Options, each with a build folder of its own: CC=gcc|clang  OPENMP=0|1  SAN=0|1 (address, undefined, leaks)  DEBUG=0|1
# Also: ONLY=word (tests whose name holds it)  EXTRA=flags for the compiler  WARNINGS= (none)  PYTHON=interpreter  V=1 (show commands)
OPENMP ?= 1
SAN ?= 0
DEBUG ?= 0
MPI ?= 0
PYTHON ?= /usr/bin/python3
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))

BUILD ?= build/$(CC)$(if $(filter 1,$(OPENMP)),,-serial)$(if $(filter 1,$(SAN)),-san)$(if $(filter 1,$(DEBUG)),-debug)

ifneq ($(MPI),0)
$(error MPI= is reserved: ranks are not built yet)
endif
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif
MAKEFLAGS += --no-print-directory
AGAIN = +@$(MAKE)
SHOW = $(if $(V),,@echo "$(1) $@";)

# Compiler and libraries
comma := ,
LIBRARIES = hdf5-serial gsl libconfig yaml-0.1 libdeflate
LIBRARY_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null))
LIBRARY_LIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null)
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror
CFLAGS = -std=c11 -D_GNU_SOURCE -DH5_USE_110_API -O3 -g -ffp-contract=off -fno-math-errno $(WARNINGS) -I.
CFLAGS += $(if $(filter 1,$(OPENMP)),-fopenmp,-Wno-unknown-pragmas)
CFLAGS += $(if $(filter 1,$(SAN)),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
CFLAGS += $(if $(filter 1,$(DEBUG)),-O1 -DDEBUG,-DNDEBUG)
CFLAGS += $(LIBRARY_CFLAGS) $(EXTRA)
LDLIBS = $(LIBRARY_LIBS) -lhdf5_serial_hl -lm

SOURCES = $(wildcard sim/*.c models/*.c output/*.c scenarios/*.c analysis/*.c)
OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out sim/main.c,$(SOURCES)))
TESTS = $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/test_*.c))
BENCHES = $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/bench_*.c))
HELPERS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(wildcard tests/test_*.c tests/bench_*.c),$(wildcard tests/*.c)))

# ./wayfare is the last one built under build/; a BUILD= of one's own leaves it alone.
wayfare: $(BUILD)/wayfare
	@$(if $(filter file,$(origin BUILD)),ln -sfn $< $@,true)

$(BUILD)/wayfare: $(BUILD)/sim/main.o $(OBJECTS)
	$(call SHOW,link)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

# Tests keep assert(), whatever the build.
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call SHOW,compile)$(CC) $(CFLAGS) $(if $(filter tests/%,$<),-UNDEBUG) -MMD -MP -c -o $@ $<

$(BUILD)/test_%: $(BUILD)/tests/test_%.o $(HELPERS) $(OBJECTS)
	$(call SHOW,link)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/bench_%: $(BUILD)/tests/bench_%.o $(HELPERS) $(OBJECTS)
	$(call SHOW,link)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

# Rewritten only when the compiler or its flags change; every object depends on it.
FLAGS := $(shell $(CC) --version 2>/dev/null | head -n 1) $(CFLAGS) $(LDLIBS)
$(BUILD)/flags: always
	@pkg-config --exists $(LIBRARIES) || { echo "Some of these libraries are missing: $(LIBRARIES). Try: make deps" >&2; exit 1; }
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# Packages
PACKAGES = gcc libc6-dev pkg-config libhdf5-dev libgsl-dev libconfig-dev libyaml-dev libdeflate-dev
PACKAGES_DEMO = python3-numpy python3-matplotlib python3-h5py
PACKAGES_TEST = clang libomp-dev $(if $(filter 1,$(SAN)),libclang-rt-dev) netcdf-bin python3-netcdf4 python3-xarray python3-h5netcdf
PACKAGES_LINT = python3 binutils clang-format universal-ctags git
deps: ; @.ci/packages $(PACKAGES) $(PACKAGES_DEMO)
deps-test: ; @.ci/packages $(PACKAGES) --optional $(PACKAGES_DEMO) $(PACKAGES_TEST)
deps-lint: ; @.ci/packages $(PACKAGES) $(PACKAGES_LINT)
deps-all: ; @.ci/packages $(PACKAGES) $(PACKAGES_DEMO) $(PACKAGES_TEST) $(PACKAGES_LINT)

# Runs
SCENARIO ?= scenarios/central_mediterranean/scenario.cfg
RESULTS ?= results/$(notdir $(patsubst %/,%,$(dir $(SCENARIO)))).h5
demo: deps
	$(AGAIN) wayfare
	@mkdir -p $(dir $(RESULTS))
	./wayfare run $(SCENARIO) --out $(RESULTS) --force
	@echo "results:  $(RESULTS)"
	@echo "pictures:" && $(PYTHON) analysis/plot.py $(RESULTS)

# The same program from the other compiler, and without OpenMP: results must not depend on either.
OTHER = $(if $(filter clang%,$(CC)),gcc,clang)
OTHER_WORKS := $(shell printf '#include <omp.h>' | $(OTHER) $(if $(filter 1,$(OPENMP)),-fopenmp) -fsyntax-only -x c - 2>/dev/null && echo yes)
TWINS = $(if $(filter 00,$(SAN)$(DEBUG)),$(addprefix $(BUILD)/twin/,serial $(if $(OTHER_WORKS),$(OTHER))))
twins: $(addsuffix /wayfare,$(TWINS)) ; @:
$(BUILD)/twin/$(OTHER)/wayfare: always ; @$(MAKE) CC=$(OTHER) BUILD=$(@D) $@
$(BUILD)/twin/serial/wayfare: always ; @$(MAKE) OPENMP=0 BUILD=$(@D) $@

SCRIPTS = $(wildcard tests/test_*.py tests/test_*.sh)
TEST_ENVIRONMENT = WAYFARE=$(BUILD)/wayfare WAYFARE_TWINS="$(addsuffix /wayfare,$(TWINS))" PYTHON=$(PYTHON) CC=$(CC) OMP_WAIT_POLICY=passive
TEST_ENVIRONMENT += $(if $(filter 1,$(SAN)),ASAN_OPTIONS=detect_leaks=1:halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 WAYFARE_LIMIT=1800)
CHOSEN = $(foreach test,$(TESTS) $(SCRIPTS),$(if $(if $(ONLY),$(findstring $(ONLY),$(notdir $(test))),all),$(test)))
programs: $(BUILD)/wayfare $(filter $(TESTS),$(CHOSEN))
test: deps-test
	$(AGAIN) programs twins
	@$(TEST_ENVIRONMENT) tests/run $(BUILD)/output $(CHOSEN)
test-long:
	$(AGAIN) test WAYFARE_LONG=1

objects: $(BUILD)/sim/main.o $(OBJECTS)
lint: deps-lint
	$(AGAIN) objects
	@$(PYTHON) tests/lint $(BUILD)

benches: $(BUILD)/wayfare $(BENCHES)
bench: deps
	$(AGAIN) benches
	@$(TEST_ENVIRONMENT) tests/run --bench $(BENCHES) $(wildcard tests/bench_*.py tests/bench_*.sh)

help: ; @sed -n '2,/^[^#]/{s/^# *//p}' Makefile

clean:
	rm -rf build wayfare

.DELETE_ON_ERROR:
.PRECIOUS: $(BUILD)/%.o $(BUILD)/tests/%.o
.PHONY: wayfare always deps deps-all deps-test deps-lint demo twins programs objects benches test test-long lint bench help clean
