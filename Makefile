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
# Tests of a service under load have the machine to themselves; all others share its cores.
ALONE := tests/test_serving.py
SHARED := --numprocesses auto --dist loadfile $(ALONE:%=--ignore=%)
INSTALL := -m pip install --quiet --disable-pip-version-check
# A source archive would fetch build tools that are not locked. Where a library has no wheel: make test WHEELS=
WHEELS ?= --only-binary :all:
LOCKED := $(INSTALL) $(WHEELS) --no-deps --require-hashes --requirement
PROJECT := --no-deps --no-build-isolation --editable .
# make lock takes the newest versions; make lock UPGRADE= keeps what is locked and adds what is missing.
UPGRADE ?= --upgrade
COMPILE := $(BIN)/uv pip compile pyproject.toml --no-config --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-annotate --custom-compile-command "make lock" $(UPGRADE)

.PHONY: serve test test-engines test-whole mutants mutants-sample coverage check oldest newest lock wheel clean

serve: .venv/serve.stamp
	@$(BIN)/mabgraph serve --port $(PORT)

test: .venv/test.stamp
	$(BIN)/python -m pytest $(ALONE)
	$(BIN)/python -m pytest $(SHARED)

# Tests with Virtuoso, R, LibreOffice, Chromium and clients from npm; what is not here is skipped, and said.
test-engines: .venv/test.stamp
	$(BIN)/python -m pytest $(SHARED) -m engines -rs

# All of the long lists of which make test tries a stated part, and what takes long.
test-whole: .venv/test.stamp
	WHOLE_SUITE=1 $(BIN)/python -m pytest $(ALONE) -m "sampled or whole"
	WHOLE_SUITE=1 $(BIN)/python -m pytest $(SHARED) -m "(sampled or whole) and not engines"

# Seeded changes of important lines, each of which some test has to see (tests/mutants.toml); the sample is every fourth.
mutants: .venv/test.stamp
	$(BIN)/python -m tests.mutants

mutants-sample: .venv/test.stamp
	$(BIN)/python -m tests.mutants --sample

# Without what measures time or confinement: both are of the measuring, too.
coverage: .venv/test.stamp
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(SHARED) --ignore=tests/test_confinement.py -m "not engines"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy ingest graph api tests benchmarks

# tests.rewording changes the words of all libraries' errors: a test that fails with it alone reads another's words.
oldest: .oldest/stamp
	.oldest/bin/python -m pytest -p tests.rewording $(ALONE) -m ""
	.oldest/bin/python -m pytest -p tests.rewording $(SHARED) -m ""

# Not locked, so never done: it installs each time what is newest then.
newest: .newest/python.stamp
	.newest/bin/python $(INSTALL) --upgrade pip setuptools
	.newest/bin/python $(INSTALL) --upgrade --upgrade-strategy eager --editable ".[bench,dev]"
	@.newest/bin/python .ci/newest.py $(ALONE)

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
