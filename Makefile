# Everything on one machine. `make help` lists the commands; settings may follow them,
# as in `make up API_PORT=8001`. Works with the GNU make 3.81 of macOS.

.DEFAULT_GOAL := help
.PHONY: help setup demo up import test faults check soak bench lock clean

# The first Python that is new enough; if none is, bootstrap says so.
PYTHON ?= $(or $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done),python3)
VENV_PYTHON = .venv/bin/python
PIN = $(VENV_PYTHON) -m uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet

help: ## list these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## install everything into .venv; the others do so by themselves
	@$(PYTHON) -m local.setup.bootstrap

demo: setup ## the whole stack with a sample corpus; DEMO_EXIT=1 ends it by itself
	@$(VENV_PYTHON) -m local demo

up: setup ## the whole stack in the foreground; Ctrl-C stops it
	@$(VENV_PYTHON) -m local up

import: setup ## FILE=documents.jsonl, or a folder of texts, into the running stack; WAIT=0 COLLECTION=
	@$(VENV_PYTHON) -m local.importing $(if $(FILE),"$(FILE)") $(if $(COLLECTION),--collection "$(COLLECTION)") \
		$(if $(filter 0,$(WAIT)),--no-wait)

# JOBS=2 runs two files at a time, each with its own servers, and takes half as long. On two cores
# they come too near to the time limits that outages have.
PYTEST = $(VENV_PYTHON) -m pytest --numprocesses $(or $(JOBS),1) --dist loadfile

test: setup ## all tests on real servers, those of `make faults` among them; JOBS=2
	@$(PYTEST) $(ARGS)

faults: setup ## kill, stop and break every part under load, and count what was lost
	@$(PYTEST) tests/faults tests/soak $(ARGS)

check: setup ## format, lint, types, import rules, fast tests
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) .venv/bin/lint-imports
	$(VENV_PYTHON) -m pytest -q tests/domain

soak: setup ## minutes of load under random faults; MINUTES=10 SEED=7
	@$(VENV_PYTHON) -m tests.soak --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED))

bench: setup ## every benchmark, as ratios within one run, with charts (15 minutes); QUICK=1
	@$(VENV_PYTHON) -m bench $(if $(filter-out 0,$(QUICK)),--quick) all

lock: setup ## pin what pyproject.toml asks for, with hashes; ARGS=--upgrade for news
	$(PIN) $(ARGS) --extra tracing -o requirements/runtime.lock
	$(PIN) $(ARGS) --extra tracing --extra local --group dev -o requirements/dev.lock

clean: ## remove what was installed or cached; the data in .inkdex stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
