# make run     a demonstration city in your browser
# make install only the virtual environment in .venv
# make check   lint, types, import contracts, unit and property tests on SQLite: for every change
# make test    the same with all tests: PostgreSQL, a broker, a browser, cities
# make test-clients  only the clients of others: Node.js, Go, Java, generated ones (a part of make test)
# make test-long  longer rounds of faults, and a city of 20,000 people
# make bench   the measured figures (make bench ARGS=--long for ten million events)
# make bench-cluster  the same for workers, topics and shards
# make lint    only lint, types and import contracts
# make rules   write docs/rules and docs/rulebook.md from the rules themselves
# make messages  write docs/messages.md from the errors in the code
# make steps   write docs/investigations.md from the table of steps
# make lock    renew the hashed lock files from pyproject.toml, and docs/licences.md
# make licences  write docs/licences.md, the licences of all locked packages
# make advisories DATABASE=…  known vulnerabilities of the locked packages, by an export of OSV or a service

.DEFAULT_GOAL := help
.PHONY: help install run check test test-clients test-long bench bench-cluster lint rules steps messages lock licences advisories clean

SHELL := /bin/sh
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Files of tests run beside each other, each in one of so many processes.
WORKERS := 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
LOCK := python3 -m uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-header --extra checkout pyproject.toml

help:
	@sed -n 's/^# make/make/p' Makefile

install: .venv/installed

run: .venv/installed
	$(BIN)/tender-monitor demo $(ARGS)

check: lint
	$(PYTEST) --hypothesis-profile few -m "not (postgresql or broker or browser or client or city or program or long)" $(ARGS)

test: lint
	$(PYTEST) $(ARGS)

test-clients: .venv/installed-dev
	$(PYTEST) -m client $(ARGS) tests/clients

test-long: .venv/installed-dev
	$(PYTEST) -m long --timeout 7200 $(ARGS)

bench: .venv/installed-dev
	$(BIN)/python -m bench $(ARGS)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench-cluster: .venv/installed-dev
	$(BIN)/python -m bench.cluster $(ARGS)

rules: .venv/installed
	$(BIN)/tender-monitor rules --pages docs/rules --table docs/rulebook.md

messages: .venv/installed-dev
	$(BIN)/python -m tools.messages

steps: .venv/installed-dev
	$(BIN)/python -m tools.steps

lock:
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(MAKE) licences

licences: .venv/installed-dev
	$(BIN)/python -m tools.licences

advisories: .venv/installed-dev
	$(BIN)/python -m tools.advisories $(DATABASE)

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@sh .ci/make-venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
