# One command for everything that must hold: `make check`.
PYTHON ?= python
WORKERS ?= 2
TESTS ?=

.PHONY: check lint types layers test format

check: lint types layers test

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

layers:
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

test:
	$(PYTHON) -m pytest -q -n $(WORKERS) $(TESTS)

format:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
