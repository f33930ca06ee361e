# The recipes that people and CI share. Each makes what it needs: .venv from the hashed locks, once.
PYTHON ?= python3
ARGS ?=
KILLS ?= 50
SEED ?=
DB ?=
VENV := .venv
PY := $(VENV)/bin/python
UV := $(PY) -m uv --quiet pip
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
CATALOGUES := $(wildcard */*/locale/*/LC_MESSAGES/*.po)
LOCK := $(UV) compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

# Some shells tell Python to compile everything anew in every process: a server's start then takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test faults lint check coverage bench chaos simulate mutants messages snapshots format lock browser clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

demo: $(READY) ## replay 90 days of a shop, then answer as its customer (ARGS="--lang en --no-open")
	@$(PY) -m bot demo $(ARGS)

test: $(READY_DEV) browser ## run the suite (ARGS="tests/unit -k score" for some of it)
	@$(PY) -m pytest -n 6 --dist loadfile -m "not patient" $(ARGS)

faults: $(READY_DEV) ## run what kills and freezes real servers and waits out their leases
	@$(PY) -m pytest -n 4 --dist loadfile -m patient $(ARGS)

lint: $(READY_DEV) ## ruff, formatting, types, import contracts
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

check: lint test faults ## everything that a change must pass

coverage: $(READY_DEV) browser ## run every test and show what no test reaches
	@$(PY) -m coverage run -m pytest $(ARGS)
	@$(PY) -m coverage report --skip-covered --show-missing

bench: $(READY_DEV) ## print measured ratios as JSON lines
	@$(PY) -m benchmarks $(ARGS)

chaos: $(READY_DEV) ## kill real servers at random, then hold what the platforms saw against the database (KILLS=1000 SECONDS=300 SEED=7 DB=sqlite)
	@$(PY) -m tests.chaos --kills $(KILLS) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(DB),--db $(DB)) $(ARGS)

simulate: $(READY_DEV) ## tell stories on virtual time, with crashes (SEEDS=500 POINTS=all SECONDS=360; SEED=123 POINT=45 to see one again)
	@$(PY) -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(POINTS),--points $(POINTS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(POINT),--point $(POINT)) $(ARGS)

mutants: $(READY_DEV) ## take away each protection in turn: the tests named for it must fail (ARGS="fence quarantine" for some)
	@$(PY) -m tests.mutants $(ARGS)

messages: $(READY_DEV) ## compile the translated texts
	@for po in $(CATALOGUES); do $(PY) -m babel.messages.frontend compile -i $$po -o $${po%.po}.mo || exit 1; done

snapshots: $(READY_DEV) ## write down anew what each channel is sent, message by message, then read the difference
	@$(PY) -m tests.snapshots

format: $(READY_DEV) ## put the code in its one shape
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format

lock: $(READY_DEV) ## resolve the locks anew within pyproject.toml (ARGS=--upgrade for newer releases)
	@$(LOCK) $(ARGS) -o requirements.lock
	@$(LOCK) $(ARGS) -c requirements.lock --group test --group lint -o requirements-dev.lock

clean: ## remove .venv and every cache, no data
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# uv reads no pip.conf: where only pip knows the company's mirror, pip installs the same hashes.
define install
	@echo "installing $(1) into $(VENV)"
	@$(UV) sync --python $(PY) --require-hashes $(1) || $(PY) -m pip install -q --require-hashes -r $(1)
	@$(UV) install --python $(PY) --no-deps --build-constraints requirements-dev.lock -e . || $(PY) -m pip install -q --no-deps -e .
	@touch $@
endef

$(READY): requirements.lock pyproject.toml | $(VENV)/.uv
	@test ! -e $(READY_DEV) || rm $(READY_DEV)
	$(call install,requirements.lock)

$(READY_DEV): requirements-dev.lock pyproject.toml | $(VENV)/.uv
	$(call install,requirements-dev.lock)
	@touch $(READY)

$(VENV)/.uv: requirements-setup.lock
	@command -v $(PYTHON) >/dev/null || { echo "aftertouch needs Python 3.11 or newer; none is installed as $(PYTHON) (name another: make PYTHON=python3.12 ...)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "aftertouch needs Python 3.11 or newer, and this is $$($(PYTHON) --version); name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || { echo "making $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-setup.lock
	@touch $@

browser: $(READY_DEV)
	@.ci/browser $(PY)
