# Two commands do everything: make serve, make test. They need Python 3.11+ and make, nothing else.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$name && break; done)
# What Python compiles is kept, whatever the environment says: else each of a hundred processes compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
# The oldest versions of some libraries have wheels for the oldest Python only.
OLDEST_PYTHON ?= $(shell command -v python3.11 || echo "$(PYTHON)")
BIN := .venv/bin
PORT ?= 8000
# A run takes every processor; tests of a service under load have the machine to themselves.
ALONE := tests/test_serving.py
UNTRACED := $(ALONE) tests/test_confinement.py
TOGETHER := --numprocesses auto --dist loadfile
SHARED := $(TOGETHER) $(ALONE:%=--ignore=%)
# Every test is in one of these: what pytest runs by itself (pyproject.toml), SLOW, engines, WHOLE. What is sampled is in WHOLE once more.
SLOW := slow and not engines and not whole
WHOLE := (sampled or whole) and not engines
INSTALL := -m pip install --quiet --disable-pip-version-check
# A source archive would fetch build tools that are not locked. Where a library has no wheel: make test WHEELS=
WHEELS ?= --only-binary :all:
LOCKED := $(INSTALL) $(WHEELS) --no-deps --require-hashes --requirement
PROJECT := --no-deps --no-build-isolation --editable .
# make lock takes the newest versions; make lock UPGRADE= keeps what is locked and adds what is missing.
UPGRADE ?= --upgrade
COMPILE := $(BIN)/uv pip compile pyproject.toml --no-config --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-annotate --custom-compile-command "make lock" $(UPGRADE)

.PHONY: serve test test-slow test-engines test-whole mutants mutants-sample coverage check oldest oldest-whole newest lock wheel clean

serve: .venv/serve.stamp
	@$(BIN)/mabgraph serve --port $(PORT)

# What shows in less than two minutes whether a change holds; one service is started.
test: .venv/test.stamp
	$(BIN)/python -m pytest $(TOGETHER)

# What starts processes, tries load, or takes long.
test-slow: .venv/test.stamp
	$(BIN)/python -m pytest $(ALONE) -m "$(SLOW)"
	$(BIN)/python -m pytest $(SHARED) -m "$(SLOW)"

# Tests with Virtuoso, R, LibreOffice, Chromium and clients from npm; what is not here is skipped, and said.
test-engines: .venv/test.stamp
	$(BIN)/python -m pytest $(TOGETHER) -m engines -rs

# All of the long lists of which the others try a stated part, and what takes longest.
test-whole: .venv/test.stamp
	WHOLE_SUITE=1 $(BIN)/python -m pytest $(ALONE) -m "$(WHOLE)"
	WHOLE_SUITE=1 $(BIN)/python -m pytest $(SHARED) -m "$(WHOLE)"

# Seeded changes of important lines, each of which some test has to see (tests/mutants.toml); the sample is every fourth.
mutants: .venv/test.stamp
	$(BIN)/python -m tests.mutants

mutants-sample: .venv/test.stamp
	$(BIN)/python -m tests.mutants --sample

# What test and test-slow run, measured; what tries limits of time and memory runs as it is, for the tracer needs both.
coverage: .venv/test.stamp
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(TOGETHER) $(UNTRACED:%=--ignore=%) -m "not engines and not whole"
	$(BIN)/python -m pytest $(UNTRACED) -m "not engines and not whole"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy ingest graph api tests benchmarks

# tests.rewording changes the words of all libraries' errors: a test that fails with it alone reads another's words.
oldest: .oldest/stamp
	.oldest/bin/python -m pytest -p tests.rewording $(TOGETHER)

# Every test at the oldest versions: before a release, and where a lower bound changes.
oldest-whole: .oldest/stamp
	.oldest/bin/python -m pytest -p tests.rewording $(ALONE) -m ""
	.oldest/bin/python -m pytest -p tests.rewording $(SHARED) -m ""

# Not locked, so never done: it installs each time what is newest then.
newest: .newest/python.stamp
	.newest/bin/python $(INSTALL) --upgrade pip setuptools
	.newest/bin/python $(INSTALL) --upgrade --upgrade-strategy eager --editable ".[bench,dev]"
	@.newest/bin/python .ci/newest.py

lock: .venv/python.stamp
	awk '/^uv==/ {entry = 1} entry {print} entry && !/\\$$/ {exit}' requirements/dev.txt > .venv/uv.txt
	$(BIN)/python $(LOCKED) .venv/uv.txt
	$(COMPILE) --group build --all-extras --output-file requirements/dev.txt
	$(COMPILE) --group build --extra serve --extra documents --constraint requirements/dev.txt --output-file requirements/run.txt
	$(COMPILE) --group build --all-extras --resolution lowest-direct --output-file requirements/oldest.txt

wheel: .venv/test.stamp
	$(BIN)/python -m build --no-isolation --wheel

clean:
	rm -rf .venv .oldest .newest .pytest_cache .coverage .coverage.* build dist *.egg-info mabgraph-dataset

.venv/python.stamp .newest/python.stamp:
	@test -n "$(PYTHON)" || { echo "mabgraph needs Python 3.11 or later: install it, or name it with make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(@D)
	@touch $@

.venv/serve.stamp: .venv/python.stamp requirements/run.txt pyproject.toml
	$(BIN)/python $(LOCKED) requirements/run.txt
	$(BIN)/python $(INSTALL) $(PROJECT)
	@touch $@

.venv/test.stamp: .venv/serve.stamp requirements/dev.txt
	$(BIN)/python $(LOCKED) requirements/dev.txt
	@touch $@

.oldest/stamp: requirements/oldest.txt pyproject.toml
	$(OLDEST_PYTHON) -m venv .oldest
	.oldest/bin/python $(LOCKED) requirements/oldest.txt
	.oldest/bin/python $(INSTALL) $(PROJECT)
	@touch $@
