# Every command of the project. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint types format bench crash fuzz docs lock screenshots clean

# The Python that makes the environment, e.g. make run PYTHON=/opt/python3.13/bin/python3
PYTHON ?= python3
export PYTHON
# Where it is set, each of our processes would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

IN_VENV := .venv/bin/python
CONSOLE := build/static/vendor/htm-preact.js

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp $(CONSOLE) ## start Huiliu with the lab beside it; Ctrl-C stops it, data stays in .huiliu
	@exec $(IN_VENV) -m huiliu demo

test: .venv/dev.stamp $(CONSOLE) ## check everything: style, types, layers, tests on SQLite, PostgreSQL, Redis and Chromium
	@scripts/chromium.sh
	@scripts/peers.sh
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m mypy .
	.venv/bin/lint-imports
	$(IN_VENV) -m pytest -n 2 --dist worksteal --durations 30

lint: .venv/dev.stamp ## check style and layers
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .
	.venv/bin/lint-imports

types: .venv/dev.stamp ## check types
	$(IN_VENV) -m mypy .

format: .venv/dev.stamp ## put the code in form
	$(IN_VENV) -m ruff format .
	$(IN_VENV) -m ruff check --fix .

bench: .venv/dev.stamp $(CONSOLE) ## measure speed; figures go to build/bench.json
	$(IN_VENV) -m tests.bench

crash: .venv/dev.stamp $(CONSOLE) ## kill everything under load and compare the lab's books with the database
	$(IN_VENV) -m tests.crash

fuzz: .venv/dev.stamp ## bring broken requests and noise to every channel for minutes; the result goes to docs/faults.md
	$(IN_VENV) -m tests.fuzz

screenshots: .venv/dev.stamp $(CONSOLE) ## take the pictures of docs/images anew
	@scripts/chromium.sh
	$(IN_VENV) -m tests.screenshots

docs: .venv/dev.stamp ## write the reference pages that follow from the code
	$(IN_VENV) -m runtime.settings > docs/reference/settings.md
	for page in channels cli http-api metrics; do $(IN_VENV) -m huiliu.reference $$page > docs/reference/$$page.md || exit 1; done

lock: .venv/dev.stamp ## pin the newest allowed versions of everything
	@scripts/lock.sh

clean: ## remove what was installed and built; data in .huiliu stays
	rm -rf .venv build node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/run.stamp: requirements.lock scripts/install.sh
	@scripts/install.sh requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock scripts/install.sh
	@scripts/install.sh requirements-dev.lock
	@touch $@

$(CONSOLE): package-lock.json scripts/console.sh
	@scripts/console.sh $@
