# `make demo` runs the main job on embedded data; `make test` passes the tests; `make check` lints;
# `make docs` builds the site.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --constraint constraints.txt

.PHONY: demo test test-full check format tasks docs notebooks pictures clean

demo: $(VENV)/.core
	$(BIN)/python -m demo

test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal

# Also what is tested at full size (marker `full`).
test-full: export MCEVAL8K_FULL := 1
test-full: test

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mceval8k generate-tasks --check
	$(BIN)/python -m scripts.licences --check

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

tasks: $(VENV)/.core
	$(BIN)/mceval8k generate-tasks
	$(BIN)/neurgrad generate-outlines
	$(BIN)/python -m scripts.licences

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "build/site/index.html"

notebooks: $(VENV)/.docs
	$(BIN)/python -m scripts.notebooks

pictures: $(VENV)/.docs $(VENV)/.test
	$(BIN)/python -m scripts.pictures

clean:
	rm -rf build $(VENV) *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.core: pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (the first time downloads PyTorch: some minutes)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit("Python 3.10 or later is needed: make PYTHON=python3.12 …" if sys.version_info < (3, 10) else 0)'
	$(INSTALL) --editable '.[all]'
	@touch $@

$(VENV)/.test: $(VENV)/.core
	$(INSTALL) --editable '.[test]'
	@touch $@

$(VENV)/.docs: $(VENV)/.core
	$(INSTALL) --editable '.[docs]'
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	$(INSTALL) --editable '.[test,dev]'
	@touch $@
