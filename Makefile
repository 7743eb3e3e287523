# Everything a person or CI does here. Each target sets up what it needs, on a fresh machine with Python 3.11+, git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# uv trusts the certificates that this machine trusts, as behind a proxy; the name changed between its versions.
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= 1

.PHONY: install demo test further check format bench campaign lock clean help

help: ## say what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.demo $(VENV)/.browser ## set up what `harvest` needs, the Claude CLI included

demo: $(VENV)/.demo $(VENV)/.browser ## watch the main job, from a label to a pull request (ARGS="--tour", "--keep", "--live")
	@$(BIN)/harvest demo $(ARGS)

# Five at a time also on two cores: much of the time a test waits for another process. Hundreds of these start meanwhile, from
# code that is compiled already, whatever this machine's habit is.
PYTEST_AT_ONCE := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 5 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.dev $(VENV)/.browser ## run the tests: each promise in one form
	@$(PYTEST_AT_ONCE) -m "not further and not campaign" --ignore tests/emulators $(ARGS)

further: $(VENV)/.dev $(VENV)/.browser ## run the further forms of each promise, and the emulators' own tests
	@$(PYTEST_AT_ONCE) -m "further and not campaign" $(ARGS)

check: $(VENV)/.dev ## format, lint, types, imports
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev ## format the code and sort its imports
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: $(VENV)/.dev ## measure, as ratios in one run (docs/benchmarks.md)
	@$(BIN)/python -m benchmarks $(ARGS)

campaign: $(VENV)/.dev $(VENV)/.browser ## the slow campaigns: crashes by the hundred
	@$(BIN)/pytest -m campaign $(ARGS)

lock: $(VENV)/bin/uv ## resolve the dependencies anew, with hashes and without index hosts
	@for each in "service:--group build" "demo:--extra demo --group build" "dev:--extra demo --group dev"; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --upgrade $${each#*:} pyproject.toml --output-file requirements/$${each%%:*}.txt || exit 1; \
	done

clean: ## remove the environment and all that was made in it
	@rm -rf $(VENV) var

# The environment. uv is fetched into it when the machine has none; a change of the lock is installed over what is there.

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Harvest needs Python 3.11 or newer (PYTHON=…)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 can't make an environment: install python3-venv"; exit 1; }
	@ln -sf "$$(command -v uv || true)" $(VENV)/bin/uv 2>/dev/null && test -x $(VENV)/bin/uv \
	  || { rm -f $(VENV)/bin/uv; $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/uv
	@echo "Setting up the environment in $(VENV) …"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirement requirements/demo.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/uv
	@echo "Setting up the environment in $(VENV) …"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirement requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo

# What leads agents' browsers, where npm is there to fetch it (docs/mcp/chrome.md); everything else goes without.
BROWSER_SERVER = chrome-devtools-mcp@$(shell sed -n 's/^VERSION = "\(.*\)"$$/\1/p' sandbox/browser.py)

$(VENV)/.browser: sandbox/browser.py | $(VENV)/bin/uv
	@if command -v npm >/dev/null; then \
	  npm install --silent --no-fund --no-audit --no-save --ignore-scripts --prefix $(VENV)/browser $(BROWSER_SERVER) && touch $@ \
	  || echo "No browser for agents: npm could not fetch $(BROWSER_SERVER)"; fi
