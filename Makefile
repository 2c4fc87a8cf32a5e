# `make run` opens the station on its built-in demo line; `make test` checks everything.
# Both create the virtual environment and install what is missing.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# Whole files go to one process each: their fixtures are shared.
PYTEST_ARGS ?= -n auto --maxprocesses 4 --dist loadfile
ARGS ?=

.PHONY: run test lint types unit screenshot clean

run: $(VENV)/.run
	@$(BIN)/python main.py $(ARGS)

test: lint types unit

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

unit: $(VENV)/.test
	OMP_WAIT_POLICY=PASSIVE QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(PYTEST_ARGS)

screenshot: $(VENV)/.test
	$(BIN)/python docs/screenshot.py docs/station.png

# The station's own needs.
$(VENV)/.run: requirements.txt packages.sh
	@sh packages.sh run
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# The same and the tools and servers of the tests.
$(VENV)/.test: requirements.txt requirements-dev.txt packages.sh
	@sh packages.sh test
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/.run $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build
