# Everything a person runs. Heavy work lives in `sparkwright` commands; this file only names them.
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install demo test test-all check audit licences build docs clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-9s %s\n", $$1, $$2}' Makefile

install: $(INSTALLED)  ## the environment in .venv, from requirements.lock

$(INSTALLED): requirements.lock pyproject.toml infra/install.sh
	bash infra/install.sh $(VENV)

demo: install  ## install, then the whole loop on a small real Spark cluster
	$(BIN)/python -m evaluation.closed_loop

test: install check  ## what CI runs
	$(BIN)/python -m pytest -m "not slow" --durations=10

test-all: install check  ## also the minutes-long ones (Airflow's scheduler, vLLM) and random examples
	HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest --durations=20

check: install  ## style, types, arrows between the rooms, declared dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry sparkwright data_contracts
	$(BIN)/deptry sparkwright data_contracts training serving evaluation dags \
		--non-dev-dependency-groups training,serving,airflow,evaluation

audit: install  ## known vulnerabilities of the lock (asks the OSV database; exit 3 where it is not reached)
	$(BIN)/python infra/audit.py

licences: install  ## the licence of every package of the lock
	$(BIN)/python infra/licences.py

build: install  ## the wheel, in dist
	$(BIN)/python -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .
	ls -l dist

docs: install  ## what is derived from the contracts
	$(BIN)/python -m data_contracts.dictionary > docs/data_dictionary.md
	$(BIN)/python -m data_contracts.api.typed_answers > sparkwright/client/answers.py
	$(BIN)/python -m sparkwright.configuration.installed > data_contracts/properties/catalogue.part
	mv data_contracts/properties/catalogue.part data_contracts/properties/catalogue.csv

clean:  ## the environment and everything a run made
	rm -rf $(VENV) .sparkwright
