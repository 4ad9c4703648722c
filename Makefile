# Everything a person runs. Heavy work lives in `sparkwright` commands; this file only names them.
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: install demo test test-all check docs clean

install: $(INSTALLED)  ## the environment in .venv, from requirements.lock

$(INSTALLED): requirements.lock pyproject.toml infra/install.sh
	bash infra/install.sh $(VENV)

demo: install  ## install, then the whole loop on a small real Spark cluster
	$(BIN)/python -m evaluation.closed_loop

test: install check  ## what CI runs
	$(BIN)/python -m pytest -m "not slow" --durations=10

test-all: install check  ## also the minutes-long ones (Airflow's scheduler, vLLM) and random examples
	HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest --durations=20

check: install  ## style, types, arrows between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: install  ## what is derived from the contracts
	$(BIN)/python -m data_contracts.dictionary > docs/data_dictionary.md

clean:  ## the environment and everything a run made
	rm -rf $(VENV) .sparkwright
