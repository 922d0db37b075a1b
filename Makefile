# scrobblerd: try it, test it, install it. Needs make, python3 with venv, dbus-daemon and systemd.

PYTHON ?= python3
VENV := .venv
OLDEST := $(shell sed -n 's/^requires-python = ">=\(.*\)"$$/\1/p' pyproject.toml)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --use-pep517

# $(call stage,NAME,COMMAND): what a stage of the tests says at its end; pytest tells of the others.
stage = @begun=$$(date +%s); $(2) && echo "stage $(1): passed in $$(($$(date +%s) - begun)) s"

# Otherwise pyright asks over the net whether there is a newer one.
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1

.PHONY: help demo test bench install uninstall setup lint types docs dist deb clean python

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/runs ## hear a track, announce and scrobble it: no account, no desktop needed
	@$(VENV)/bin/python -m lab.demo

test: lint types ## check style and types, and run all tests
	$(VENV)/bin/python -m pytest -n auto

install: python ## install for you alone, and start; for all with PREFIX, or DESTDIR
	@PYTHON=$(PYTHON) DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' sh systemd/install.sh install

uninstall: ## undo the installation; configuration and state stay
	@sh systemd/install.sh uninstall

setup: $(VENV)/tests ## everything for working on it, in .venv

lint: $(VENV)/tests ## check the style, and who imports whom
	$(call stage,lint,$(VENV)/bin/ruff check && $(VENV)/bin/ruff format --check && $(VENV)/bin/lint-imports --no-logo --no-cache)

types: $(VENV)/tests ## check the types
	$(call stage,types,$(VENV)/bin/pyright)

# Figures for the budgets of benchmarks/README.md: minutes long, so no part of the tests.
bench: $(VENV)/runs ## measure what tracks, a long queue, a library and a command cost
	$(VENV)/bin/python -m benchmarks.tracks
	$(VENV)/bin/python -m benchmarks.accounts
	$(VENV)/bin/python -m benchmarks.queue
	$(VENV)/bin/python -m benchmarks.library
	$(VENV)/bin/python -m benchmarks.command

docs: $(VENV)/tests ## write again what is made of the code
	$(VENV)/bin/python -m tools.docs
	$(VENV)/bin/python -m tools.ctl

# What is built is what the sdist holds, so that it is whole.
dist: $(VENV)/builds ## a wheel and an sdist, in dist/
	rm -rf build dist
	$(VENV)/bin/python -m build --no-isolation --outdir dist . >/dev/null
	@ls dist

deb: dist ## a Debian package, in dist/; needs what debian/control names
	sh debian/build.sh dist/scrobblerd-*.tar.gz dist

clean: ## remove .venv and all caches
	rm -rf $(VENV) build dist .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Three stamps in one environment: who only wants the demo or a package need not wait for the tools
# of the tests.
$(VENV)/runs: pyproject.toml | python
	@echo "Setting up $(VENV), once: this takes some seconds"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(VENV)/builds: | python
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) build hatchling
	@touch $@

$(VENV)/tests: pyproject.toml | $(VENV)/runs
	@echo "Installing what the tests need, once: this may take a minute"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/runs

python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "There is no $(PYTHON). Debian: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < tuple(map(int, "$(OLDEST)".split("."))))' || { \
		echo "$$($(PYTHON) --version) is too old: Python $(OLDEST) is needed. Is there another? make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) can't make virtual environments. Debian: apt install python3-venv" >&2; exit 1; }
