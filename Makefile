# Two commands do everything: `make run` and `make test`. Both make the environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help install screenshots run test test-fast coverage test-browser test-proxy test-workers test-postgres test-postgres-plain test-docs test-wheel budgets check docs format bench bench-postgres instructions instructions-baseline valgrind growth scale clients clients-install client load browser haproxy postgres openapi rules clean soak

# The seconds that each part of `.ci/run` may take on a quiet machine with two cores: 35 minutes in all.
BUDGETS := check=40 docs=20 instructions=45 coverage=30 test=300 test-browser=250 test-proxy=40 test-workers=150 test-postgres=600 test-postgres-plain=120 test-docs=90 test-wheel=65 clients=350
# Half of the slow tests wait for processes: more workers than cores keep the cores at work.
WORKERS ?= 4
CORE := tests/kernel tests/domain tests/rules
POSTGRES := ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
# What a bank does once it is there is the same whatever optional features its server lacks: they make, load, copy and drop
# databases, and tell sizes. So without them these run: what makes and copies banks, and the operations on whole sandboxes.
PLAIN := tests/storage tests/sandboxes tests/control/test_sandboxes.py \
  tests/control/test_state.py tests/control/test_console_needs.py tests/control/test_recordings.py tests/control/audit
APART := browser or proxy or workers or docs or wheel
# Images of containers often forbid to write bytecode. Without it each process of a run of the tests compiles all of them,
# and rewrites their assertions: 4 s of CPU for each worker.
export PYTHONDONTWRITEBYTECODE :=

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 23

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (set PYTHON=)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@$(BIN)/python -m compileall -q sandbox
	@touch $(READY)

install: $(READY) ## Make the environment

run: $(READY) ## Seed on first start, then serve the bank
	@$(BIN)/python -m compileall -q sandbox
	@exec $(BIN)/sandbox serve

test: $(READY) ## Run all tests that need nothing but Python
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --refusals -m "not ($(APART))"

coverage: $(READY) ## Run the tests of the core, and see which of its lines they run
	@$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term $(CORE)

test-fast: $(READY) ## Run the tests that need no processes of their own, without the long matrices
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not (slow or $(APART))"

test-browser: $(READY) ## Run the console's tests in a browser (see `browser`)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m browser tests/browser

test-proxy: $(READY) ## Run the tests of several processes behind HAProxy (see `haproxy`)
	@$(BIN)/python -m pytest -m proxy

test-workers: $(READY) ## Run the tests of several workers over a PostgreSQL server (see `postgres`)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m workers

postgres: ## Install PostgreSQL for `test-postgres` (as root, on Debian)
	@$(POSTGRES) || { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; }

test-postgres: $(READY) ## Run the tests with sandboxes on a PostgreSQL server that they start (see `postgres`)
	@$(POSTGRES) || { echo "SKIPPED PostgreSQL is not installed: run \`make postgres\` as root"; exit 0; }; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --postgres -m "not ($(APART))" $(CORE:%=--ignore=%)

test-postgres-plain: $(READY) ## Run those that make and copy banks on a server without any optional feature (see `postgres`)
	@$(POSTGRES) || { echo "SKIPPED PostgreSQL is not installed: run \`make postgres\` as root"; exit 0; }; \
	SANDBOX_DATABASE_FEATURES= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --postgres -m "not ($(APART))" $(PLAIN)

test-docs: $(READY) ## Run the recipes of README and docs
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m docs

test-wheel: $(READY) ## Build the wheel, install it into an environment of its own, and start it
	@$(BIN)/python -m pytest -m wheel

soak: $(READY) ## Kill, collide and fuzz for a long time: a hundred kills, sixty rounds of every pair of operations, 20,000 calls
	@$(BIN)/python -m pytest --soak -o faulthandler_timeout=3600 tests/functional/test_survival.py
	@$(BIN)/python -m pytest --soak -n 2 tests/contract/test_fuzz.py

budgets: ## List the parts of `.ci/run` with the seconds each may take
	@printf '%s\n' $(BUDGETS)

check: $(READY) ## Format, lint, types, import contract, dead code, dependencies, rule cases, contract
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/vulture
	@$(BIN)/deptry sandbox loadtests
	@$(BIN)/sandbox rules check
	@$(BIN)/sandbox rules test
	@$(BIN)/sandbox openapi > $(VENV)/openapi.json
	@$(BIN)/python tests/contract/check.py $(VENV)/openapi.json
	@$(BIN)/python tests/manual_coverage.py --check

docs: $(READY) ## Build the documentation site into build/docs, which a running server serves at /_sandbox/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "build/docs/index.html"

format: $(READY) ## Put the code in form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

scale: $(READY) ## Measure one and two processes behind HAProxy; writes bench/scale.json (see `haproxy`)
	@$(BIN)/python -m bench.scale

bench: $(READY) ## Measure against the floor; writes bench/results.json
	@$(BIN)/python -m bench

bench-postgres: $(READY) ## Measure a bank on a PostgreSQL server beside one in files; writes bench/postgres.json (see `postgres`)
	@$(BIN)/python -m bench.postgres

instructions: $(READY) ## Count instructions per request; fails when a row exceeds bench/baseline.json (see `valgrind`)
	@$(BIN)/python -m bench.instructions --where

instructions-baseline: $(READY) ## Count instructions per request and write them to bench/baseline.json
	@$(BIN)/python -m bench.instructions --update

valgrind: ## Install valgrind, which counts instructions (as root, on Debian)
	@command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends valgrind; }

growth: $(READY) ## Measure what a million movements and 100,000 members cost; writes bench/growth.json
	@$(BIN)/python -m bench.growth

clients-install: $(READY) ## Install Node, the client tools of `clients`, and Prism, which `bench` measures beside the bank
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[clients]' || echo "no Node is to be had from the package index"
	@$(BIN)/python -m clients --install

clients: clients-install ## Put linters, generators, Prism and Schemathesis to work on the document (see docs/how-to/clients.md)
	@$(BIN)/python -m clients

client: $(READY) ## Write the generated half of the Python client anew
	@$(BIN)/python -m clients.python

load: $(READY) ## Thirty seconds of Locust with a verdict on the money
	@$(BIN)/sandbox load --users 24

browser: $(READY) ## Install a browser for the console's tests (as root, on Debian), and what drives it
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'

screenshots: $(READY) ## Write every view of the console to docs/images (see `browser`)
	@$(BIN)/python -m tests.browser.screenshots

haproxy: ## Install HAProxy for the tests of several processes (as root, on Debian)
	@command -v haproxy >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends haproxy; }

coverage-doc: $(READY) ## Write docs/reference/manual-coverage.md anew
	@$(BIN)/python tests/manual_coverage.py

openapi: $(READY) ## Print the OpenAPI document
	@$(BIN)/sandbox openapi

clean: ## Remove the environment and the databases
	rm -rf $(VENV) .sandbox
