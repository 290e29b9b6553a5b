# One way to run each thing. Every target makes what it needs in .venv, from nothing but Python 3.11
# or newer (with its venv module) and make: no other step comes before any of them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python

# Stamps: what is installed in .venv, remade when pyproject.toml changes.
RUNTIME := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
# What builds the site, and policy tools that read our plans: they share no package with the tool.
SITE := .venv-docs
JUDGES := .venv-judges

PIP := $(PY) -m pip --disable-pip-version-check --quiet install

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install demo test judges docs picture lint bench plans refusals questions bench-apply bench-sandbox bench-outputs soak-calls soak-kills soak-faults soak-kill9 faults contend laws-mutation prove prove-quick prove-drift prove-mutation sandbox-tables dx-session apply-session sessions reference clean

help:
	@echo 'make demo    plan, apply and drift on the embedded platform; touches nothing outside this folder and /tmp'
	@echo 'make install the tool and all that its tests need, in .venv'
	@echo 'make test    every test but those of make judges'
	@echo 'make judges  tests by the tools of others: the page and the residency report in Chromium, signed plans, policy tools'
	@echo 'make docs    the documentation as a site, in build/site; strict: a broken link or a page that is in no menu fails'
	@echo 'make lint    ruff, mypy strict, the layers'
	@echo 'make bench   speed, as ratios measured in one run'
	@echo 'make bench-apply  3 000 creations against a bare loop of the same calls; the ledger, a step'
	@echo 'make bench-sandbox  calls a second of the embedded platform, with 1 000 and 100 000 projects'
	@echo 'make bench-outputs  each output format at 100 000 projects: seconds, bytes, memory (WRITE=1: into docs/outputs.md)'
	@echo 'make sandbox-tables the tables of docs/sandbox.md, made anew from the code and the marks of the tests'
	@echo 'make dx-session     the session with the real dx in docs/sandbox.md, run anew'
	@echo 'make apply-session  the session of stopped applies in docs/apply.md and the README, run anew'
	@echo 'make reference      docs/reference, made anew from the code'
	@echo 'make sessions       what the commands in the pages print, written into the pages'
	@echo 'make soak-calls     20 000 random calls to the embedded platform, judged one by one; counts of all'
	@echo 'make soak-faults    10 000 times two faults in one apply, drawn by a seed; JOBS=2, SEED=N, RUNS=N, LEDGER=postgresql (WRITE=1: into docs/faults.md)'
	@echo 'make soak-kill9     300 of these again, each life of the command a process that is ended by signal 9 (WRITE=1 likewise)'
	@echo 'make soak-kills     200 times kill -9 under load: what was acknowledged must be there after each'
	@echo 'make faults  an apply killed, cut, delayed, refused and raced at every call, on both ledgers (half an hour); JOBS=2, LEDGER=sqlite (WRITE=1: into docs/faults.md)'
	@echo 'make contend  200 processes want one workspace, some killed or stopped, on both ledgers (WRITE=1: into docs/faults.md)'
	@echo 'make laws-mutation  each region law of the embedded platform switched off: do the tests notice?'
	@echo 'make prove   rules and laws agree: a million small worlds and random large ones (WRITE=1: into docs/proof.md)'
	@echo 'make prove-quick     a slice of it, in about a minute'
	@echo 'make prove-drift     drift on 1 000 random worlds, each held against its dump; counts by verdict (RUNS=N)'
	@echo 'make prove-mutation  laws and rules switched off one at a time: does the proof notice? Into docs/proof.md'
	@echo 'make picture the pictures in docs/, made anew; needs Chromium and pngquant'
	@echo 'make plans   the reviewed plans of configs/ in plans/, made anew (then review what changed)'
	@echo 'make refusals  docs/refusals.md: the worked refusals, run anew'
	@echo 'make questions docs/questions.md: the questions, asked anew'
	@echo 'make clean   remove .venv and caches'
	@echo
	@echo 'PYTHON=/path/to/python chooses the interpreter (3.11 or newer; now: $(PYTHON)).'

install: $(DEV)

demo: $(RUNTIME)
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash configs/demo.sh

test: $(DEV)
	$(PY) -m pytest -n 2

judges: $(DEV) $(JUDGES)/.installed
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  echo "make judges needs Chromium. On Debian: apt-get install chromium" >&2; exit 1; }
	@command -v ssh-keygen >/dev/null || { \
	  echo "make judges needs ssh-keygen. On Debian: apt-get install openssh-client" >&2; exit 1; }
	@command -v openssl >/dev/null || { \
	  echo "make judges needs openssl. On Debian: apt-get install openssl" >&2; exit 1; }
	@command -v curl >/dev/null || { echo "make judges needs curl. On Debian: apt-get install curl" >&2; exit 1; }
	@for tool in systemd-analyze actionlint; do command -v $$tool >/dev/null || \
	  echo "there is no $$tool on this machine: what it judges of deploy/ is left out" >&2; done
	JUDGES_BIN="$(CURDIR)/$(JUDGES)/bin" $(PY) -m pytest tests/judges

docs: $(SITE)/.installed
	NO_MKDOCS_2_WARNING=true $(SITE)/bin/python -m mkdocs build --strict

picture: $(DEV)
	PYTHONPATH=tests $(PY) -m judges.picture

lint: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m mypy deploy/ci deploy/notify
	$(PY) $(BIN)/lint-imports --no-logo

bench: $(DEV)
	$(PY) tests/bench/run.py

bench-apply: $(DEV)
	PYTHONPATH=tests $(PY) tests/bench/applying.py

bench-sandbox: $(DEV)
	$(PY) tests/bench/sandbox.py

bench-outputs: $(DEV)
	$(PY) tests/bench/outputs.py $(if $(WRITE),--write)

sandbox-tables: $(DEV)
	PYTHONPATH=tests $(PY) -m docs.tables

apply-session: $(DEV)
	PYTHONPATH=tests $(PY) -m docs.applying

reference: $(DEV)
	PYTHONPATH=tests $(PY) -m docs.reference

sessions: $(DEV)
	PYTHONPATH=tests $(PY) -m docs.sessions

dx-session: $(DEV)
	PYTHONPATH=tests $(PY) -m conformance.dx_session

soak-calls: $(DEV)
	PYTHONPATH=tests $(PY) tests/soak/random_calls.py

soak-faults: $(DEV)
	PYTHONPATH=tests $(PY) -m faults.soak --runs $(or $(RUNS),10000) --seed $(or $(SEED),1) --jobs $(or $(JOBS),1) $(if $(LEDGER),--ledger $(LEDGER)) $(if $(WRITE),--write)

soak-kill9: $(DEV)
	PYTHONPATH=tests $(PY) -m faults.soak --kill9 --runs $(or $(RUNS),300) --seed $(or $(SEED),1) --jobs $(or $(JOBS),1) $(if $(WRITE),--write)

soak-kills: $(DEV)
	PYTHONPATH=tests $(PY) tests/soak/kill_nine.py

contend: $(DEV)
	PYTHONPATH=tests $(PY) -m faults.contend $(if $(WRITE),--write)

faults: $(DEV)
	PYTHONPATH=tests $(PY) -m faults.matrix --jobs $(or $(JOBS),1) $(if $(LEDGER),--ledger $(LEDGER)) $(if $(WRITE),--write)

laws-mutation: $(DEV)
	PYTHONPATH=tests $(PY) tests/mutation/run.py

refusals: $(DEV)
	PYTHONPATH=tests $(PY) -m docs.refusals

questions: $(DEV)
	PYTHONPATH=tests $(PY) -m docs.questions

prove: $(DEV)
	PYTHONPATH=tests $(PY) -m model.prove $(if $(WRITE),--write)

prove-quick: $(DEV)
	PYTHONPATH=tests $(PY) -m model.prove --quick

prove-drift: $(DEV)
	PYTHONPATH=tests $(PY) -m model.prove_drift $(or $(RUNS),1000)

prove-mutation: $(DEV)
	PYTHONPATH=tests $(PY) -m model.mutation

# Exit code 3 (something is refused) is part of an example, not a failure.
plans: $(RUNTIME)
	@for folder in configs/*/; do \
	  name=$$(basename "$$folder"); copy=$$(mktemp -d); cp -R "$$folder." "$$copy"; rm -rf "$$copy/.reconciler"; \
	  (cd "$$copy" && "$(CURDIR)/$(BIN)/reconciler" plan . --reproducible --write "json=$(CURDIR)/plans/$$name.json") \
	    > "plans/$$name.txt"; code=$$?; rm -rf "$$copy"; \
	  [ $$code -eq 0 ] || [ $$code -eq 3 ] || exit $$code; done

clean:
	rm -rf $(VENV) $(JUDGES) $(SITE) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "reconciler needs Python 3.11 or newer; $(PYTHON) is not. Try: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "the venv module of $(PYTHON) is incomplete. On Debian: apt-get install python3-venv" >&2; exit 1; }

$(RUNTIME): pyproject.toml | $(PY)
	$(PIP) --editable .
	@touch $@

# A group of dependencies in a virtual environment of its own; groups need a pip of 2025 or later.
.venv-%/.installed: pyproject.toml | $(PY)
	@$(PY) -m venv .venv-$*
	.venv-$*/bin/python -m pip --disable-pip-version-check --quiet --quiet install --upgrade pip
	.venv-$*/bin/python -m pip --disable-pip-version-check --quiet --quiet install --no-compile --group $*
	@touch $@

# The development set holds the runtime one.
$(DEV): pyproject.toml | $(PY)
	$(PIP) --editable '.[dev]'
	@touch $(RUNTIME) $@
