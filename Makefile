# `make run` and `make test` do all of their own set-up: Python 3.11, pip and make are enough.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
STAMP := $(VENV)/.installed
export RASA_TELEMETRY_ENABLED := false
export UV_PYTHON_DOWNLOADS := never

.PHONY: run test lint types setup browser benchmark bench evaluate chaos clean

run: $(STAMP)
	@exec $(VENV)/bin/rathausbote run

test: $(STAMP) browser lint types
	$(VENV)/bin/rathausbote train
	$(VENV)/bin/rathausbote check
	$(VENV)/bin/pytest -n 2 --dist loadfile --durations 25

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports

types: $(STAMP)
	$(VENV)/bin/mypy bot actions

benchmark: $(STAMP)
	$(VENV)/bin/rathausbote train
	PYTHONPATH=. $(VENV)/bin/python benchmarks/first_figures.py
	PYTHONPATH=. $(VENV)/bin/python benchmarks/console_figures.py

# Speed beside a default Rasa server's; docs/performance.md. ARGS, e.g. --write, --without-rasa, --crowd
bench: $(STAMP)
	$(VENV)/bin/rathausbote train
	PYTHONPATH=. $(VENV)/bin/python -m benchmarks.speed $(ARGS)

# ARGS, e.g. --write, --skip-diet, --accept: see benchmarks/understanding.py --help
evaluate: $(STAMP)
	$(VENV)/bin/rathausbote train
	$(VENV)/bin/python benchmarks/understanding.py $(ARGS)

# Kills, stalls and confuses the program under load; docs/reliability.md. ARGS, e.g. --runs 20 --messages 2000 --seed 7 --database postgresql
chaos: $(STAMP)
	PYTHONPATH=. $(VENV)/bin/python -m benchmarks.chaos $(ARGS)

setup: $(STAMP)

$(STAMP): uv.lock pyproject.toml
	@test -x .uv/bin/uv || { $(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	.uv/bin/uv sync --frozen --compile-bytecode --python "$$(command -v $(PYTHON))"
	@touch $@

# Browser tests need Chromium. Where this user may install it, it is installed; otherwise the tests say that they are skipped.
browser:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core >/dev/null; \
	  fi; }
	@command -v chromium >/dev/null || echo "!!! Chromium is missing and can't be installed here: the browser tests are SKIPPED. Install the package chromium and run again. !!!"

clean:
	rm -rf $(VENV) .uv models var
