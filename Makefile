# Hampayam. `make demo` shows it, `make test` proves it. Needs Python 3.11 or newer, make and a C compiler.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo sandbox test test-processes lint units stories bench soak clean help

MESSAGES ?= 1000
SEED ?= 7

help:
	@echo "make demo      four messengers talk through a real Synapse, in your terminal"
	@echo "make sandbox   the same, left running, to speak as anybody (.sandbox/sandbox.json has the addresses)"
	@echo "make test      all tests, types and style"
	@echo "make test-processes   the stories again, with a process for each platform"
	@echo "make bench     the figures of docs/benchmarks.md (about ten minutes; AGAINST=commit: and what a text cost then)"
	@echo "make soak      many messages while everything fails, and a verdict (MESSAGES=1000 SEED=7; docs/reliability.md)"
	@echo "make clean     forget the virtual environment and the sandbox"

demo: $(VENV)/.sandbox
	@$(RUN) -m bridge demo

sandbox: $(VENV)/.sandbox
	@$(RUN) -m bridge sandbox

test: $(VENV)/.test lint
	@$(MAKE) --no-print-directory --jobs=2 units stories

# Side by side: the stories wait for a homeserver most of their time.
units: $(VENV)/.test
	$(RUN) -m pytest --ignore=tests/stories --ignore=tests/faults

stories: $(VENV)/.test
	$(RUN) -m pytest tests/stories tests/faults

# The stories once more, each platform in a process of its own.
test-processes: $(VENV)/.test
	HAMPAYAM_PROCESSES=1 $(RUN) -m pytest tests/stories

lint: $(VENV)/.test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

bench: $(VENV)/.test
	$(RUN) -m tests.bench --write $(if $(AGAINST),--against $(AGAINST))

soak: $(VENV)/.test
	$(RUN) -m tests.soak --messages $(MESSAGES) --seed $(SEED) --write

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "making a virtual environment with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.sandbox: pyproject.toml | $(VENV)/bin/python
	@echo "installing the bridge and Synapse (once; about 300 MB) ..."
	@$(RUN) -m pip install --disable-pip-version-check -e '.[sandbox]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	@echo "installing the bridge, Synapse and the test tools (once; about 450 MB) ..."
	@$(RUN) -m pip install --disable-pip-version-check -e '.[sandbox,test]'
	@touch $@ $(VENV)/.sandbox

clean:
	rm -rf $(VENV) .sandbox build dist *.egg-info
