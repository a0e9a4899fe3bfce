# Everything sets itself up in .venv; nothing is needed before but Python >= 3.11, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 3
WORKERS = -n $(JOBS) --dist loadgroup --no-loadscope-reorder
# Modules are compiled once, also where the environment forbids it: each worker and each command would do it again.
export PYTHONDONTWRITEBYTECODE :=
ROOMS := states adapters workflow tests bench

.PHONY: demo quick test soak check structure bench docs lock droplet clean

demo: $(READY)  ## a miniature production, one real deploy to Armed, and nothing left behind
	@$(BIN)/titan-flow demo

quick: $(READY)  ## pure and cheap tests: no daemon, no sandbox, no droplet; under a minute
	@$(BIN)/python -m pytest $(WORKERS) -m "not (slow or daemon or droplet or soak)" $(ARGS)

test: $(READY)  ## every test but the exhaustive sweeps, the longest first; installs nothing into the system
	@$(BIN)/python -m pytest $(WORKERS) $(ARGS)

soak: $(READY)  ## the exhaustive sweeps, on real processes and real droplets; about an hour (docs/reliability.md)
	@$(BIN)/python -m pytest $(WORKERS) -m soak $(ARGS)

check: $(READY)  ## format, lint, types, and which room may import which
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

structure: $(READY)  ## files, lines, import circles and upward arrows, in figures
	@$(BIN)/python -m tests.house.structure

bench: $(READY)  ## what titan-flow costs beside bash, Ansible, pyinfra and DBOS; root for what needs a droplet (docs/performance.md)
	$(BIN)/python -m bench $(ARGS)

docs: $(READY)  ## generate schema, reference and pictures, then build the site into build/site; its links are checked
	$(BIN)/titan-flow schema > specs/titan-flow.schema.json.new && mv specs/titan-flow.schema.json.new specs/titan-flow.schema.json
	$(BIN)/python -m titan_flow.workflow.cli.reference docs/reference
	$(BIN)/python -m tests.states.proofs.test_page
	$(BIN)/titan-flow graph specs/titan.yaml --force -o docs/pictures/titan.svg
	$(BIN)/python -m tests.house.architecture
	$(BIN)/mkdocs build --quiet --strict

lock:  ## the newest versions that pyproject.toml allows, for development and CI: requirements-dev.lock
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@echo '# Versions for development and CI, made by `make lock`. Users'"'"' installs are not held to them.' > requirements-dev.lock
	@build/lock/bin/pip freeze --exclude-editable >> requirements-dev.lock
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	@echo '# Versions of the tools that the bench compares with, made by `make lock`.' > bench/requirements.lock
	@build/lock/bin/pip freeze >> bench/requirements.lock
	@rm -rf build/lock

droplet:  ## root on Debian or Ubuntu: installs what the tests on a real engine need, and says so
	tests/droplet/install.sh

clean:
	rm -rf $(VENV) build dist *.egg-info

$(READY): pyproject.toml requirements-dev.lock
	@echo "setting up $(VENV) (once; a minute or so)"
	@$(PYTHON) -c 'import sys; sys.exit("titan-flow needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c requirements-dev.lock -e '.[dev]'
	@$(BIN)/python -m compileall -q states adapters workflow specs
	@touch $@
