# All that is assumed is make itself; `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SHARED ?= ../shared
OUT ?= out
JOBS ?= $(shell nproc 2>/dev/null || echo 1)

# One page a process: Tesseract's own threads make two processes slower than one.
export OMP_THREAD_LIMIT := 1

.PHONY: help install system lint format check eval bench faults dictionaries samples golden docs run test browser clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

system: ## install the system packages that are missing (apt, as root or through sudo)
	@sh .ci/install-system.sh

$(STAMP): pyproject.toml | system
	@sh .ci/install-python.sh $(VENV)
	@touch $@

install: $(STAMP) ## system packages, virtual environment, the package with its development tools

run: install ## read samples/scans into $(OUT)/samples
	$(BIN)/ocr-pipeline run samples/scans --out $(OUT)/samples --jobs $(JOBS) --redo changed-settings

browser: ## install the browser that some tests drive, where that is permitted
	@sh .ci/install-system.sh --with-browser

test: install browser ## all tests
	$(BIN)/python -m pytest -n $(JOBS)

lint: install ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install ## put imports and layout in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint ## lint and types
	$(BIN)/mypy

eval: install ## figures on the samples, and on $(SHARED) where it is
	sh tests/benchmarks/evaluate.sh $(BIN) $(OUT)/eval $(SHARED) $(JOBS)

bench: install ## pages a minute against bare recognition, on the samples
	$(BIN)/python tests/benchmarks/throughput.py samples/scans

faults: install ## kill batches and workers at random moments, and read broken files; half an hour
	$(BIN)/python tests/benchmarks/faults.py
	$(BIN)/python tests/benchmarks/mutations.py

dictionaries: install ## learn the binaries of dictionaries/ from the corpora in $(SHARED)
	$(BIN)/ocr-pipeline train --shared $(SHARED) --out dictionaries

samples: install ## render samples/scans and samples/gold again from samples/sources
	$(BIN)/python samples/build.py

golden: install ## recognise the samples anew and write the golden files of the tests again
	$(BIN)/python tests/recording.py
	UPDATE_GOLDEN=1 $(BIN)/python -m pytest -q

docs: install ## write docs/cli.md and docs/fields.md again, from the commands' own help and the JSON Schema
	$(BIN)/python docs/build.py

clean: ## remove results and caches, keep the virtual environment
	rm -rf $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
