# Everything a person runs. Heavy work lives in `sparkwright` commands; this file only names them.
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: install demo test test-all check docs clean

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	bash infra/install.sh $(VENV)
	touch $@

test: install
	$(BIN)/python -m pytest -m "not slow"
