# Two commands do everything: make serve, make test. They need Python 3.11+ and make, nothing else.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$name && break; done)
BIN := .venv/bin
PORT ?= 8000
# Tests of a service under load have the machine to themselves; all others share its cores.
ALONE := tests/test_serving.py

.PHONY: serve test check oldest wheel clean

serve: .venv/serve.stamp
	@$(BIN)/mabgraph serve --port $(PORT)

test: .venv/test.stamp
	$(BIN)/python -m pytest $(ALONE)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ALONE:%=--ignore=%)

check: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy ingest graph api tests benchmarks

oldest: .oldest/stamp
	.oldest/bin/python -m pytest $(ALONE)
	.oldest/bin/python -m pytest --numprocesses auto --dist loadfile $(ALONE:%=--ignore=%)

wheel: .venv/test.stamp
	$(BIN)/python -m build --wheel

clean:
	rm -rf .venv .oldest build dist *.egg-info mabgraph-dataset

.venv/python.stamp:
	@test -n "$(PYTHON)" || { echo "mabgraph needs Python 3.11 or later: install it, or name it with make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/serve.stamp: .venv/python.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/test.stamp: .venv/serve.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

.oldest/stamp: pyproject.toml .ci/oldest.py
	$(PYTHON) -m venv .oldest
	$(PYTHON) .ci/oldest.py > .oldest/constraints.txt
	.oldest/bin/python -m pip install --quiet --disable-pip-version-check --constraint .oldest/constraints.txt --editable ".[dev]"
	@touch $@
