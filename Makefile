# The commands of a checkout. `make help` lists them. Settings can follow a command, such as
# `make up API_PORT=8001`. The file works with GNU make 3.81, the version on macOS.

.DEFAULT_GOAL := help
.PHONY: help setup demo up key import watch migrate-model backup restore test faults check soak bench sql lock clean

# The first Python that is new enough. If there is none, local.setup.bootstrap reports it.
PYTHON ?= $(or $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done),python3)
VENV_PYTHON = .venv/bin/python
PIN = $(VENV_PYTHON) -m uv pip compile --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet

help: ## list these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## install everything into .venv; the other commands run it first; CHAT=1 adds a chat model
	@$(PYTHON) -m local.setup.bootstrap $(if $(filter-out 0,$(CHAT) $(TESTS_CHAT)),--chat)

demo: setup ## start the stack, search a sample corpus and ask; DEMO_EXIT=1 exits afterwards; CHAT=1
	@$(VENV_PYTHON) -m local demo

up: setup ## start the stack in the foreground; Ctrl-C stops it; CHAT=1 has a small chat model
	@$(VENV_PYTHON) -m local up

key: setup ## make a key NAME=; TENANT= ACTIONS=search,ask COLLECTIONS=notes-*; the first is an operator's
	@$(VENV_PYTHON) -m local.make_key "$(NAME)" $(if $(TENANT),--tenant "$(TENANT)") \
		$(if $(ACTIONS),--actions "$(ACTIONS)") $(if $(COLLECTIONS),--collections "$(COLLECTIONS)")

import: setup ## import FILE=documents.jsonl or a folder; WAIT=0 COLLECTION= SOURCE= REPLACE=1
	@$(VENV_PYTHON) -m local.client_command import "$(FILE)" $(if $(COLLECTION),--collection "$(COLLECTION)") \
		$(if $(SOURCE),--source "$(SOURCE)") $(if $(filter-out 0,$(REPLACE)),--replace) \
		$(if $(filter 0,$(WAIT)),,--wait)

watch: setup ## keep a SOURCE= as a PLACE= is: a folder, a site map, a bucket or a database; COLLECTION= ARGS=
	@$(VENV_PYTHON) -m local.client_command watch "$(PLACE)" $(if $(SOURCE),--source "$(SOURCE)") \
		$(if $(COLLECTION),--collection "$(COLLECTION)") $(ARGS)

migrate-model: setup ## change the embedding MODEL= of a COLLECTION=, or ACTION=status; see docs/operations.md
	@$(VENV_PYTHON) -m local.migrating $(if $(MODEL),"$(MODEL)") $(if $(COLLECTION),--collection "$(COLLECTION)") \
		$(if $(DIMENSIONS),--dimensions "$(DIMENSIONS)") $(if $(CHUNK_TOKENS),--chunk-tokens "$(CHUNK_TOKENS)") \
		$(if $(CUTOVER),--cutover "$(CUTOVER)") $(if $(ROLLBACK_HOURS),--rollback-hours "$(ROLLBACK_HOURS)") \
		$(if $(ACTION),--action "$(ACTION)")

backup: setup ## copy the database to FILE=inkdex.dump; the stack may run
	@$(VENV_PYTHON) -m local backup $(if $(FILE),"$(FILE)")

restore: setup ## create an empty INKDEX_DATA_DIR from FILE=inkdex.dump; then `make up`
	@$(VENV_PYTHON) -m local restore $(if $(FILE),"$(FILE)")

# JOBS test files run at a time, each with its own servers. Most tests wait for outages and leases,
# so more of them than there are cores can overlap.
PYTEST = $(VENV_PYTHON) -m pytest --numprocesses $(or $(JOBS),3) --dist loadfile \
	--no-loadscope-reorder

# On a machine that stands still for seconds, a test can miss a time limit. The failed tests run
# once more, alone. A failure that is repeated counts. The report has both runs.
AGAIN = { test $$? -eq 1 && echo "The failed tests run once more, alone:" && \
	$(VENV_PYTHON) -m pytest --last-failed --last-failed-no-failures none --exitfirst $(ARGS); }

test faults: TESTS_CHAT = 1

test: setup ## run all tests on real servers, including `make faults`; JOBS=3
	@$(PYTEST) $(ARGS) || $(AGAIN)

faults: setup ## test faults: kill, stop and break every part under load
	@$(PYTEST) tests/faults tests/soak $(ARGS)

check: setup ## check format, lint, types, import rules and fast tests
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	PYTHONPATH=client $(VENV_PYTHON) .venv/bin/lint-imports
	$(VENV_PYTHON) -m pytest -q tests/domain tests/config tests/docs

soak: setup ## run load with random faults; MINUTES=10 SEED=7
	@$(VENV_PYTHON) -m tests.soak --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED))

bench: setup ## run every benchmark and draw charts (20 minutes); QUICK=1
	@$(VENV_PYTHON) -m bench $(if $(filter-out 0,$(QUICK)),--quick) all

sql: setup ## write the main statements, with example values, to docs/sql
	@$(VENV_PYTHON) -m tests.db.golden_statements

lock: setup ## pin the packages of pyproject.toml; ARGS=--upgrade for newer ones
	$(PIN) $(ARGS) pyproject.toml --extra tracing -o requirements/runtime.lock
	$(PIN) $(ARGS) pyproject.toml --extra tracing --extra local --group weights --group dev \
		-o requirements/dev.lock
	$(PIN) $(ARGS) --group chat -o requirements/chat.lock
	$(PIN) $(ARGS) --group integrations -o requirements/integrations.lock

clean: ## remove installed and cached files; the data in .inkdex stays
	rm -rf .venv .venv-integrations .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
