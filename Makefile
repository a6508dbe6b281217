# The commands of the project; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
AUDIT_TOOL := pip-audit==2.10.1
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup run up test test-full test-long test-messy bench bench-board lint lint-sql lock docs cookbook env wheelhouse rehearse-compose rehearse-cluster audit secrets-scan answer-key bench-nights bench-changes rehearse-nights bench-intake bench-analysts bench-airflow

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(STAMP)  ## make the environment in .venv

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) scripts/check_python.py
	@echo "setup: making $(VENV) from requirements.lock (about one to two minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# --no-compile: bytecode of what is imported comes with its first import; of all 16,000 files it takes most of a minute.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
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
	@echo "test: the suite (about half an hour on two cores; a dot for each test)"
	@$(BIN)/python -m pytest -m "not full and not long"

test-full: setup  ## add what needs more than Python packages, and install it
	@scripts/install-full.sh
	@echo "test-full: SQL lint, secrets in the repository"
	@$(MAKE) --no-print-directory lint-sql
	@$(MAKE) --no-print-directory secrets-scan
	@echo "test-full: pages in a browser, workbooks in LibreOffice, the deployment file"
	@$(BIN)/python -m pytest -m full

test-long: setup  ## kill -9 at every kill point, of tasks under the scheduler, of a Celery worker; a full disk, a deletion, a release, a rotation, a restore, eight nights of news (over an hour)
	@scripts/install-full.sh servers
	@$(BIN)/python -m pytest -n 0 -m long

test-messy: setup  ## ten thousand messy packages, every value that is read compared with the truth (about twenty minutes of CPU)
	@$(BIN)/python -m pytest -n 0 tests/unit/test_messy_packages.py --messy-packages 10000

bench: setup  ## measure a night by stage beside bare DuckDB: ARGS="--counties 50 --households 20000 --seed 1"
	@$(BIN)/python -m benchmarks $(ARGS)

bench-nights: setup  ## an ordinary night of five, built from what was carried over and in full: same content, and what each took
	@$(BIN)/python -m benchmarks.ordinary_night $(ARGS)

bench-changes: setup  ## a whole ordinary night, 1 % of the households in changes packages, beside the full load before it
	@$(BIN)/python -m benchmarks.changes_night $(ARGS)

bench-intake: setup  ## what a package costs at the door beyond its rows: ARGS="--counties 2800 --households 100"
	@$(BIN)/python -m benchmarks.intake $(ARGS)

bench-board: setup  ## the board of 2,844 counties from a drawn quality file (two to three minutes)
	@$(BIN)/python -m benchmarks.board $(ARGS)

bench-analysts: setup  ## twenty analysts ask the marts of 3 million drawn households while they are published anew (half an hour)
	@$(BIN)/python -m benchmarks.analysts $(ARGS)

bench-airflow: setup  ## what Airflow itself adds to a night of 2,844 small counties: under the scheduler and without it (an hour)
	@$(BIN)/python -m benchmarks.airflow_cost $(ARGS)

answer-key: setup  ## each kind of fault alone and all together, five seeds, against the answer key (20 to 40 minutes)
	@$(BIN)/python -m include.demo.answer_key $(ARGS)

rehearse-nights: setup  ## twelve bad nights and twelve good ones, and what people are told (20 to 40 minutes)
	@$(BIN)/python -m include.demo.rehearsal $(ARGS)

lint: setup  ## ruff, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

lint-sql: setup  ## sqlfluff over models, tests and the macros that analysts receive (a minute or two)
	@$(BIN)/sqlfluff lint --processes 2 --nocolor -q dbt_project/models dbt_project/tests dbt_project/analyst_macros

docs: setup  ## regenerate the county guide and the data dictionary
	@$(BIN)/targeted docs build

cookbook: setup  ## answer the cookbook's questions again on its country (a few minutes)
	@$(BIN)/python -m include.demo.cookbook

lock:  ## resolve the pins of pyproject.toml again (needs uv)
	uv pip compile pyproject.toml --extra centre --extra remote --extra dev --extra deploy --extra cluster --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
	  --custom-compile-command "make lock" --quiet --output-file requirements.lock

env:  ## make .env with fresh secrets for docker-compose, or add what an older one lacks
	@$(PYTHON) scripts/make_env.py

wheelhouse: wheelhouse/.complete  ## download the locked packages, so that the image is built without a network

wheelhouse/.complete: requirements.lock
	@$(PYTHON) scripts/check_python.py
	@echo "wheelhouse: downloading what requirements.lock names, for this machine's kind and Python (400 MB, one to three minutes)"
	@rm -rf wheelhouse
	@$(PYTHON) -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
	  --dest wheelhouse -r requirements.lock
	@touch $@
	@echo "wheelhouse: done, $$(ls wheelhouse | wc -l) packages, $$(du -sh wheelhouse | cut -f1)"

rehearse-compose: setup wheelhouse  ## docker-compose.yml for real: two nights, down and up, backup, loss, restore (15 minutes)
	@$(BIN)/python -m include.deploy.rehearse $(ARGS)

rehearse-cluster: setup  ## a night on two Celery workers with real PostgreSQL and Redis, one worker killed in the middle of receive
	@scripts/install-full.sh servers
	@$(BIN)/python -m include.demo.cluster $(ARGS)

audit: setup  ## known vulnerabilities of the locked packages (needs the internet)
	@test -x .venv-audit/bin/pip-audit || { $(PYTHON) -m venv .venv-audit && \
	  .venv-audit/bin/python -m pip install --quiet --disable-pip-version-check $(AUDIT_TOOL); }
	@$(BIN)/python scripts/audit.py advisories

secrets-scan: setup  ## secrets in the repository
	@$(BIN)/python scripts/audit.py secrets
