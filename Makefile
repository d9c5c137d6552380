# Everything a person types here. `make help` prints the list out of the comments behind `##`.
PYTHON ?= python3
BIN := .venv/bin
BOOTSTRAP := $(PYTHON) -m smarthub_portal.run.bootstrap
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes
# Django's mypy plugin loads the settings, which insist on a key.
MYPY := PORTAL_SECRET_KEY=only-for-mypy $(BIN)/mypy

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt lock bench budget-campaign sweep-campaign faults-commands faults-pushes faults-sms messages clean bootstrap bootstrap-test

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bootstrap  ## Start everything and print the URLs; Ctrl-C stops it (V=1 streams all logs)
	@$(if $(V),PORTAL_LOG=console) exec $(BIN)/python manage.py run

test: bootstrap-test  ## Check style and types, then run the whole suite, browser included
	@lint=0; $(MAKE) --no-print-directory lint-steps || lint=1; \
	$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS) && exit $$lint

lint: bootstrap-test lint-steps  ## Check style, types and import order

fmt: bootstrap-test  ## Put the code into its style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: bootstrap-test  ## Compile the requirements files again
	@$(COMPILE) requirements.in -o requirements.txt
	@$(COMPILE) requirements-dev.in -o requirements-dev.txt
	@$(COMPILE) requirements-node.in -o requirements-node.txt

budget-campaign: bootstrap-test  ## Prove the shared request budget at length (5 minutes, stops by itself)
	@$(BIN)/python benchmarks/budget_campaign.py $(ARGS)

bench: bootstrap-test  ## Measure lists, the mirror's door, exports, plans, pushes and pages at 1,000,000 SIMs (a quarter of an hour)
	@$(BIN)/python benchmarks/fleet_list.py
	@$(BIN)/python benchmarks/apply.py
	@$(BIN)/python benchmarks/exports.py
	@$(BIN)/python benchmarks/plans.py
	@$(BIN)/python benchmarks/pushes.py
	@$(BIN)/python benchmarks/messages.py
	@$(BIN)/python benchmarks/browser.py

sweep-campaign: bootstrap-test  ## Prove that a fleet of 100,000 is kept fresh on bad days (some minutes, stops by itself)
	@$(BIN)/python benchmarks/sweep_campaign.py $(ARGS)

faults-commands: bootstrap-test  ## Prove that no command is sent twice: 5,000 of them under every fault (a quarter of an hour)
	@$(BIN)/python benchmarks/commands_campaign.py $(ARGS)

faults-pushes: bootstrap-test  ## Prove that no acknowledged push is lost: 20,000 of them under every fault (ten minutes)
	@$(BIN)/python benchmarks/pushes_campaign.py $(ARGS)

faults-sms: bootstrap-test  ## Prove that no SMS is sent twice: 3,000 of them under every fault (a quarter of an hour)
	@$(BIN)/python benchmarks/sms_campaign.py $(ARGS)

messages: bootstrap  ## Collect texts to translate into locale/ (needs gettext)
	@command -v xgettext >/dev/null || { echo "gettext is missing: apt-get install -y gettext"; exit 1; }
	@$(BIN)/python manage.py makemessages --all --no-location --ignore 'build/*' --ignore 'var/*' --ignore '.venv/*'

clean:  ## Remove what was built and cached; data and .venv stay
	@rm -rf build static/vendor .mypy_cache .ruff_cache .import_linter_cache .hypothesis locale/*/LC_MESSAGES/*.mo
	@find . -name __pycache__ -not -path './.venv/*' -not -path './var/*' -prune -exec rm -rf {} +

bootstrap:
	@$(BOOTSTRAP) run

bootstrap-test:
	@$(BOOTSTRAP) test

# Every step runs even if an earlier one failed: one look shows all that is wrong.
.PHONY: lint-steps
lint-steps:
	@failed=; \
	step() { name="$$1"; shift; if out=$$("$$@" 2>&1); then echo "ok      $$name"; \
	else echo "$$out"; echo "FAILED  $$name"; failed="$$failed $$name"; fi; }; \
	step ruff $(BIN)/ruff check --quiet .; \
	step format $(BIN)/ruff format --check --quiet .; \
	step imports $(BIN)/lint-imports --no-cache; \
	step mypy env $(MYPY) .; \
	step djlint $(BIN)/djlint --quiet --lint templates; \
	test -z "$$failed" || { echo "Failed:$$failed"; exit 1; }
