# Two commands: `make start` runs Dugnad with data, `make test` checks everything. `make help` lists the others.
DATA ?=
PORT ?= 8000

# Compiled modules are kept, also where the environment says otherwise: each process would compile them all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help start test check fix bench lock

help:
	@echo "make start              run Dugnad with the example network; the address is printed"
	@echo "make start DATA=folder  the same, with a folder of real data and its import plan"
	@echo "make test               everything that must hold: about ten minutes on two cores"
	@echo "make check              the quick part, under a minute; changes nothing"
	@echo "make fix                format code and templates"
	@echo "make bench              the benchmarks, each beside its peer and its limit"
	@echo "make lock               make the hashed locks anew after a change of dependencies"

start:
	@sh scripts/environment runtime
	@exec .venv/bin/dugnad start --port $(PORT) $(if $(DATA),--data "$(DATA)",--example)

test:
	@sh scripts/environment dev
	@sh scripts/test

check:
	@sh scripts/environment dev
	@sh scripts/check

fix:
	@sh scripts/environment dev
	@.venv/bin/ruff check --quiet --fix-only . && .venv/bin/ruff format --quiet .
	@.venv/bin/djlint --quiet --reformat dugnad || true

bench:
	@sh scripts/environment dev
	@.venv/bin/python -m benchmarks

lock:
	@sh scripts/environment dev
	@sh scripts/lock
