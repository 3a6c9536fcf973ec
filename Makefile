# `make` lists what there is to do. Everything is installed into .venv, once.
# uv does it where it is, pip where it is not; nothing that is not in requirements.lock comes in.

.DEFAULT_GOAL := help
.PHONY: help install kernels demo up test check lock bench torture verifier clean

BIN := .venv/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo $$p && break; done)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
ONCE ?=
PLAY ?=
NAME ?= all
JSON ?=

# Dure is many processes. Were none of them to keep what it compiled, each would compile Django anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@echo "Dure: many small factories, one company."
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

install: .venv/.installed ## install the locked parts into .venv

demo: .venv/.installed ## one order through the whole house; ONCE=1 stops at the end, PLAY=1 lets you decide
	@$(BIN)/dure demo $(if $(ONCE),--once) $(if $(PLAY),--play)

up: .venv/.installed ## start Dure and keep it running, at http://127.0.0.1:8000
	@$(BIN)/dure up

kernels: .venv/.installed ## compile what numba compiles: a minute or two, once for a machine
	@$(BIN)/dure kernels

test: kernels ## all tests, against a real database and a real broker
	@$(BIN)/python -m pytest -rs -m "not torture" -n auto --maxprocesses 4 --no-loadscope-reorder $(TESTS)

check: .venv/.installed ## form, types, walls between rooms, migrations, spelling
	@$(BIN)/ruff format --check src tests bench
	@$(BIN)/ruff check src tests bench
	@export DURE_HOME=$$(mktemp -d) && trap 'rm -rf "$$DURE_HOME"' EXIT && \
	  $(BIN)/mypy && \
	  DJANGO_SETTINGS_MODULE=dure.project.settings $(BIN)/python -W ignore -m django makemigrations --check --dry-run
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell src tests bench docs Makefile
	@$(BIN)/djlint src --lint --quiet

lock: ## resolve all dependencies again, in one resolution, into requirements.lock (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --quiet --all-extras --output-file requirements.lock pyproject.toml

bench: .venv/.installed ## figures with a peer or a limit; NAME=one of them, JSON=file to write
	@$(BIN)/dure bench $(NAME) $(if $(JSON),--json $(JSON))

torture: .venv/.installed ## the long runs of what the tests only sample
	@$(BIN)/python -m pytest -rs -m torture

verifier: .venv/.installed ## dist/dure-verify.pyz: checks bundles beside Python and cryptography alone
	@mkdir -p dist && $(BIN)/dure verifier dist/dure-verify.pyz

clean: ## forget .venv; what Dure keeps (.dure) stays
	rm -rf .venv

.venv/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Dure needs Python 3.11, 3.12 or 3.13."; exit 1; }
	@echo "Installing into .venv ..."
ifeq ($(UV),uv)
	@uv venv --quiet --allow-existing --python "$(PYTHON)" .venv
	@uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@"$(PYTHON)" -m venv .venv || { echo "On Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $@
