# `make` alone says what there is. Written for make 3.81, which macOS still ships.

.DEFAULT_GOAL := help
SHELL := /bin/bash
export PYTHON

DEMO := .venv-demo
DEV := .venv-dev
RUN := $(DEV)/bin/python -m

# What is added to a command: make test ARGS='-k ledger', make demo ARGS='--keep'
ARGS ?=
# One more than the cores that CI has: many tests wait for a program, or for AWS.
JOBS ?= 3

.PHONY: help
help: ## Say what there is
	@echo 'make TARGET [ARGS="..."]'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/  \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-10s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: ## Play the whole story on an embedded AWS: validate, apply, drift, expiry
	@.ci/venv $(DEMO) requirements-demo.lock
	@$(DEMO)/bin/gitiam demo $(ARGS)

.PHONY: venv
venv: ## Make the environment for development, .venv-dev
	@.ci/venv $(DEV) requirements-dev.lock

.PHONY: test
test: venv ## Run every test, real Terraform included
	$(RUN) pytest -n $(JOBS) --dist worksteal $(ARGS)

.PHONY: faults
faults: venv ## Play what AWS, Terraform and the machine can do: make faults ARGS="--sample 20"
	$(RUN) tests.faults -n $(JOBS) $(ARGS)

.PHONY: lint
lint: venv ## Check style and layout
	$(RUN) ruff check .
	$(RUN) ruff format --check .

.PHONY: format
format: venv ## Mend style and layout
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: types
types: venv ## Check types
	$(RUN) mypy

.PHONY: docs
docs: venv ## Write the reference pages, and what the examples print, anew
	$(RUN) tools.docs

.PHONY: risk-data
risk-data: venv ## Write the JSON of the risk data from the YAML that people edit
	$(RUN) tools.risk_data

.PHONY: schema
schema: venv ## Ask the AWS provider for the part of its schema that gitiam brings along
	$(RUN) tools.provider_schema

.PHONY: managed
managed: venv ## Take the policies that AWS manages from the installed moto
	$(RUN) tools.managed_policies

.PHONY: github-api
github-api: venv ## Cut what the tests' GitHub answers out of GitHub's description of its API
	$(RUN) tools.github_api $(ARGS)

.PHONY: bench
bench: venv ## Measure, and print ratios from one run
	$(RUN) bench $(ARGS)

.PHONY: fuzz
fuzz: venv ## Feed the commands with files that nobody wrote, and compare quick looks with full ones
	$(RUN) tests.fuzzing $(ARGS)
	FUZZ_EXAMPLES=1000 $(RUN) pytest tests/cli/test_survey.py tests/policy/test_anything.py

.PHONY: histories
histories: venv ## Play histories of an estate: random ones in memory, told ones with Terraform
	HISTORIES=5000 $(RUN) pytest tests/test_histories.py tests/e2e/test_histories.py $(ARGS)

.PHONY: thorough
thorough: venv ## Run the cases that the ordinary suite leaves out, as others are much like them
	$(RUN) pytest -n $(JOBS) --dist worksteal -m thorough $(ARGS)
	THOROUGH=1 $(RUN) pytest -n $(JOBS) --dist worksteal tests/approvals tests/explaining tests/github_api \
	  tests/load tests/policy

.PHONY: same
same: venv ## Show that host and shortcut change nothing but time, for every kind of module
	SAME=all $(RUN) pytest -n 2 tests/sync/terraform/provider/test_same.py $(ARGS)

.PHONY: lock
lock: venv ## Resolve the dependencies anew: make lock ARGS=--upgrade
	.ci/lock $(DEV)/bin/uv $(ARGS)

.PHONY: clean
clean: ## Remove the environments, the caches and what was built
	rm -rf $(DEMO) $(DEV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
