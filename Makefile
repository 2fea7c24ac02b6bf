# `make run` and `make test` set everything up by themselves; see packaging/setup.sh.
# PYTHON=… chooses the interpreter, PYTEST="…" gives arguments to pytest.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTEST :=
FUZZ_SECONDS := 300
export VENV

.PHONY: help run test check format lint bench fuzz faults lock upgrade setup-run setup-test setup-bench clean

help:
	@echo "make run      open the window on the demonstration operator"
	@echo "make test     format, lint, types, rooms, then the whole suite, real servers included"
	@echo "make check    the same without the suite; make format mends what can be mended"
	@echo "make bench    measure; make fuzz (FUZZ_SECONDS=300 each), make faults: long campaigns"
	@echo "make lock     requirements.lock again (make upgrade: with newer versions); make clean"

run: setup-run
	$(BIN)/python -m mssclient --demo

test: check
	$(BIN)/python -m pytest $(PYTEST)

check lint: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: setup-test
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: setup-bench
	$(BIN)/python -m pytest --campaign bench -s $(PYTEST)

# Every target of tests/fuzz for FUZZ_SECONDS, then what hypothesis finds without fixed examples.
fuzz: setup-test
	for target in $$(grep -l __main__ tests/fuzz/*.py); do \
		echo "$$target"; $(BIN)/python -m tests.fuzz.$$(basename $$target .py) --seconds $(FUZZ_SECONDS) || exit 1; \
	done
	$(BIN)/python -m pytest --campaign fuzz $(PYTEST) || [ $$? = 5 ]

faults: setup-test
	$(BIN)/python -m pytest --campaign slow $(PYTEST)

lock: setup-test
	$(BIN)/python packaging/lock.py write

upgrade: setup-test
	$(BIN)/python packaging/lock.py write --upgrade

setup-run setup-test setup-bench: setup-%:
	@packaging/setup.sh $*

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache shots .coverage
	find mssclient ui tests packaging -name __pycache__ -prune -exec rm -rf {} +
