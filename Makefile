# StoFlow: `make help` lists what there is. Needs Python 3.11 to 3.13 and nothing else.

SHELL := /bin/bash
.DEFAULT_GOAL := help

SUITABLE := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUITABLE)' >/dev/null 2>&1 && echo $$python && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
PYTEST := $(BIN)/python -m pytest
# Four for two cores: often one only waits, for its workers or for a lease to run out.
PARALLEL := -n 4 --dist worksteal
# What `make check` runs; nothing: every test.
TESTS ?= -m "not slow"
CODE := stoflow tasks marketplaces tests manage.py

.PHONY: help demo test check bench lock stopdb clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "StoFlow needs Python 3.11, 3.12 or 3.13 with its venv module (on Debian: apt install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.ready-run: requirements.lock | $(BIN)/python
	@echo "Installing the locked packages …"
	@$(INSTALL) -r requirements.lock
	@touch $@

.venv/.ready-dev: requirements-dev.lock | $(BIN)/python
	@echo "Installing the locked packages and tools …"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@ .venv/.ready-run

demo: .venv/.ready-run ## see StoFlow publish a catalogue (CATALOGUE=file.csv ARGS=--exit)
	@$(BIN)/python manage.py demo $(if $(CATALOGUE),--catalogue "$(CATALOGUE)") $(ARGS)

test: .venv/.ready-dev ## every test (ARGS="tests/tasks -k retry")
	$(PYTEST) $(PARALLEL) $(ARGS)

check: .venv/.ready-dev ## format, lint, types, import contracts, migrations, coverage, sizes
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/codespell stoflow tasks marketplaces tests templates docs *.md
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL) $(TESTS) $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=80 --sort=cover
	$(BIN)/coverage report --fail-under=90 --include='tasks/orchestrator.py,tasks/dispatch/*' --omit='*/migrations/*'

bench: .venv/.ready-dev ## ratios against baselines measured in the same run
	$(PYTEST) tests/benchmarks -p no:randomly -q -s $(ARGS)

lock: ## write the lock files anew (needs uv)
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -o requirements-dev.lock

stopdb: ## stop the embedded PostgreSQL
	@$(BIN)/python manage.py stopdb

clean: ## remove what the other targets made (the embedded database with all its data too)
	@test ! -x $(BIN)/python || $(BIN)/python manage.py stopdb || true
	rm -rf .venv var .mypy_cache .ruff_cache .import_linter_cache .coverage*
