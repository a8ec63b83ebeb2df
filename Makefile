# The two commands are `make lab` and `make test`; both make .venv first if it is not there.
PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: lab test test-browser pictures release bench wheel help

lab: .venv/ready  ## open JupyterLab on the first notebook
	$(BIN)/python -m confirmlab lab $(ARGS)

test: .venv/ready .venv/nbgrader/ready .venv/hub/ready .venv/axe/ready  ## run all that CI runs; ARGS=tests/kit/mail runs the tests of one package
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-browser: .venv/ready .venv/axe/ready  ## run the tests in a browser; without one they fail
	CONFIRMLAB_NEED_BROWSER=1 $(BIN)/python -m pytest tests/browser

pictures: test-browser  ## retake the pictures of the README and of docs, in a browser
	cp build/screenshots/readme/*.png docs/

release: .venv/ready  ## run the solved notebooks, then write all generated files
	$(BIN)/python -m confirmlab release --run

# ARGS are pytest's: "-k grading" measures some of it, --full adds a class of 4,000 and the suite.
bench: .venv/ready .venv/bench/ready  ## compare speed and memory with nbgrader and otter
	rm -f build/bench.json
	PYTHONPATH=.venv/bench $(BIN)/python -m pytest -c benchmarks/pytest.ini benchmarks --benchmark-json=build/bench.json $(ARGS); status=$$?; \
	$(BIN)/python benchmarks/report.py build/bench.json && exit $$status

wheel: .venv/ready  ## build dist/confirmlab-*.whl; ARGS=--without-solutions leaves the solved notebooks out
	$(BIN)/python .ci/build_wheel.py $(ARGS)

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1: /p' Makefile

# requirements.txt pins each package that the kit needs, except rfc3987-syntax: importing it takes
# two seconds at each start of JupyterLab and of pytest, for one check of addresses in jsonschema.
# pip compiles the packages, and not the kit; where PYTHONDONTWRITEBYTECODE is set, as in many
# containers, each kernel would compile it anew, which takes a fifth of a second.
# A .venv never changes its Python, so none is made with a Python that is too old.
.venv/ready: requirements.txt pyproject.toml
	@PYTHONPATH=. $(PYTHON) -c 'import sys; from confirmlab import doctor; found = doctor.python(); sys.exit(None if found.good else found.sentence)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q confirmlab tests/lesson
	@echo ready > .venv/ready

# Beside the kit, not in it: installed there, it would show itself in every learner's JupyterLab.
.venv/nbgrader/ready: requirements-nbgrader.txt .venv/ready
	$(BIN)/python -m pip install --quiet --no-deps --target .venv/nbgrader --upgrade --requirement requirements-nbgrader.txt
	@echo ready > .venv/nbgrader/ready

# Beside the kit for the same reason; the hub's proxy runs on node.
.venv/hub/ready: .venv/hub/packages
	npm install --prefix .venv/hub --no-package-lock --no-save --no-audit --no-fund --loglevel=error configurable-http-proxy@5.3.0 && echo ready > .venv/hub/ready || echo "Without node and npm the tests of JupyterHub are skipped."

.venv/hub/packages: requirements-hub.txt .venv/ready
	$(BIN)/python -m pip install --quiet --no-deps --target .venv/hub --upgrade --requirement requirements-hub.txt
	@echo ready > .venv/hub/packages

# axe-core checks the accessibility of pages; no lock file, since it would name a registry.
.venv/axe/ready: .venv/ready
	mkdir -p .venv/axe
	npm install --prefix .venv/axe --no-package-lock --no-save --no-audit --no-fund --loglevel=error axe-core@4.14.1 && echo ready > .venv/axe/ready || echo "npm did not bring axe-core, so pages are not checked for accessibility; install npm for that."

# Beside the kit: pytest-benchmark warns wherever pytest-xdist runs.
.venv/bench/ready: benchmarks/requirements.txt .venv/ready
	mkdir -p build
	$(BIN)/python -m pip install --quiet --no-deps --target .venv/bench --upgrade --requirement benchmarks/requirements.txt
	@echo ready > .venv/bench/ready
