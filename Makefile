# The commands of the project; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup run up test test-full test-deaths lint lint-sql lock docs cookbook

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP)  ## make the environment in .venv

$(STAMP): requirements.lock pyproject.toml
	@echo "setup: making $(VENV) from requirements.lock (about one to two minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "setup: done"

run: setup  ## make a small country, run two nights through the scheduler, show what was published
	@$(BIN)/python -m include.demo.run $(ARGS)

up: setup  ## the Airflow UI on 127.0.0.1:8080 with the schedule on, until ctrl-C
	@$(BIN)/python -m include.demo.up $(ARGS)

test: setup  ## run the test suite: Python packages only
	@echo "test: linters and types"
	@$(MAKE) --no-print-directory lint
	@echo "test: the suite (about ten minutes on two cores; a dot for each test)"
	@$(BIN)/python -m pytest -m "not full and not long"

test-full: setup  ## add what needs more than Python packages, and install it
	@scripts/install-full.sh
	@echo "test-full: SQL lint"
	@$(MAKE) --no-print-directory lint-sql
	@echo "test-full: pages in a browser, workbooks in LibreOffice, the deployment file"
	@$(BIN)/python -m pytest -m full

test-deaths: setup  ## kill -9 at every kill point of a night, and compare with an undisturbed one (five to ten minutes)
	@$(BIN)/python -m pytest -n 0 -m long

lint: setup  ## ruff, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

lint-sql: setup  ## sqlfluff over models and tests (a minute or two)
	@$(BIN)/sqlfluff lint --processes 2 --nocolor -q dbt_project/models dbt_project/tests

docs: setup  ## regenerate the county guide and the data dictionary
	@$(BIN)/targeted docs build

cookbook: setup  ## answer the cookbook's questions again on its country (a few minutes)
	@$(BIN)/python -m include.demo.cookbook

lock:  ## resolve the pins of pyproject.toml again (needs uv)
	uv pip compile pyproject.toml --extra dev --extra deploy --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
	  --custom-compile-command "make lock" --quiet --output-file requirements.lock
