# PharmaTrace: one command for each thing one does with a checkout. Needs Python 3.11 (or newer) and make, nothing else.
#   make demo [ARGS="--port 8080"]   builds the demonstration and serves it
#   make test                        all checks and tests
#   make faults [KILLS=1000 MUTATIONS=10000]   kills nodes, fills disks, damages ledgers
#   make sim [SEEDS=20000 FIRST=1]   simulates networks under faults, a seed each

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
ARGS ?=
SEEDS ?= 20000
FIRST ?= 1
KILLS ?= 1000
MUTATIONS ?= 10000
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-header --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: demo test sim faults lint format types lock install install-test clean help

help:
	@sed -n '1,5p' Makefile

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("PharmaTrace needs Python 3.11 or newer, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/test.stamp: requirements-test.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@ $(VENV)/runtime.stamp

install: $(VENV)/runtime.stamp

install-test: $(VENV)/test.stamp

demo: install
	$(BIN)/python app.py demo $(ARGS)

test: lint types
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

# Ends with one line that sums up; not 0 when a promise was broken.
faults: install-test
	$(BIN)/python -m tests.faults --kills $(KILLS) --mutations $(MUTATIONS)

sim: install-test
	$(BIN)/python -m tests.sim --first $(FIRST) --seeds $(SEEDS) --processes $(JOBS) --table

lint: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-test
	$(BIN)/mypy

format: install-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The exact releases, with their hashes, of what the product needs and of what its tests need besides.
lock: install-test
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra test --constraint requirements.lock --output-file requirements-test.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
