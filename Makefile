# StudySpot. `make` alone says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help run test check fix bench drill lock openapi typescript

help: ## What there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 18

$(READY): pyproject.toml requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY) ## Everything on this machine: database, demo, platform on http://127.0.0.1:3000
	@exec $(BIN)/studyspot up $(ARGS)

test: $(READY) ## All tests but the slow drills; what speaks to the API again with every room for itself
	@$(BIN)/python -m pytest $(ARGS)
	@test -n "$(ARGS)" || $(BIN)/python -m pytest --apart tests/services tests/journeys tests/client tests/entrypoints/test_monitoring.py tests/wire/test_every_method.py

drill: $(READY) ## The slow ones: kill -9, storms, fan-outs
	@$(BIN)/python -m pytest -m drill $(ARGS)

check: $(READY) ## Format, lint, types, import rules, OpenAPI up to date
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@out=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$out"; exit 1; }
	@$(BIN)/studyspot openapi | diff -q - docs/openapi.json >/dev/null || { echo "docs/openapi.json is old: make openapi"; exit 1; }

fix: $(READY) ## Formats and mends what can be mended by itself
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

openapi: $(READY) ## Writes docs/openapi.json
	@$(BIN)/studyspot openapi > docs/openapi.json

typescript: ## The API's types for TypeScript, generated and compiled with an example (needs Node)
	@cd clients/typescript && npm ci --ignore-scripts --silent && npm run check --silent

bench: $(READY) ## Measures against the peers (needs Node and wrk)
	@$(BIN)/python -m benchmarks $(ARGS)

lock: ## Compiles requirements*.txt from pyproject.toml, with hashes and without addresses
	@test -x $(BIN)/pip-compile || $(BIN)/pip install -q pip-tools
	@$(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --allow-unsafe --extra observability -o requirements.txt pyproject.toml
	@$(BIN)/pip-compile -q --extra dev --extra observability --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --allow-unsafe -o requirements-dev.txt pyproject.toml
