# Everything lives in .venv and index/; `make clean` takes both away. See `make help`.

PYTHON ?= python3
PORT ?= 8000
CHROMIUM ?= /usr/bin/chromium
CORPUS ?= .corpus/docs

RAG := .venv/bin/rag
INSTALL_INPUTS := pyproject.toml scripts/install

.DEFAULT_GOAL := help
.PHONY: help run chat test torture bench lint clean ready

help: ## Show what can be made
	@echo 'Footnote answers questions from your own documents.'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ready ## Serve the chat page and the API at http://127.0.0.1:8000 (make run PORT=8123 for another port)
	@exec $(RAG) serve --port $(PORT)

chat: ready ## Chat in this terminal
	@exec $(RAG) chat

test: .venv/.installed-test lint ## Run every check and test
	@echo 'Running the unit tests.'
	@.venv/bin/pytest tests/unit
	@echo 'Fetching the local LLM where it is missing, for the tests that need it.'
	@env -u OPENAI_API_KEY $(RAG) models pull
	@echo 'Running all other tests.'
	@scripts/run-slow-tests '$(CHROMIUM)'

torture: .venv/.installed-test ## Kill, mutate and shuffle the index, and read 2,000 documents, as often as promised (an hour)
	@scripts/fetch-corpus .corpus
	@FOOTNOTE_KILLS=300 FOOTNOTE_WRITE_KILLS=100 FOOTNOTE_LEAVERS=1000 FOOTNOTE_SOAK_SECONDS=1200 FOOTNOTE_MUTATIONS=1000 FOOTNOTE_OPERATIONS=20000 FOOTNOTE_SWAPS=200 FOOTNOTE_FAULTS=50 FOOTNOTE_RESTARTS=50 FOOTNOTE_READS=10000 FOOTNOTE_SCHEMA_EXAMPLES=1000 FOOTNOTE_EXAMPLES=100000 FOOTNOTE_CORPUS=.corpus/docs FOOTNOTE_CORPUS_FILES=100000 FOOTNOTE_ORIGINS=500 FOOTNOTE_FORGERIES=10000 \
		.venv/bin/pytest tests/index tests/corpus tests/server/test_swaps.py tests/server/test_llm_faults.py tests/operating/test_restarts.py tests/server/test_groups.py tests/server/test_openapi_document.py tests/server/test_json_bodies.py tests/server/test_injection.py tests/server/test_hostile_requests.py tests/server/test_soak.py tests/unit/answering/test_sentence_reader.py tests/unit/answering/test_scripted_answers.py tests/unit/api/feedback tests/server/test_feedback.py tests/unit/api/access tests/unit/api/test_conversation_store.py

bench: .venv/.installed-test ## Measure indexing and search on Debian's documentation, or on the documents in CORPUS
	@[ '$(CORPUS)' != .corpus/docs ] || scripts/fetch-corpus .corpus
	@.venv/bin/python -W ignore -m benchmarks.ingest '$(CORPUS)'
	@.venv/bin/python -W ignore -m benchmarks.latency '$(CORPUS)'

lint: .venv/.installed-test ## Check style and types
	@echo 'Checking style.'
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@echo 'Checking types.'
	@.venv/bin/mypy

clean: ## Remove .venv, the index, caches and build outputs (fetched models stay)
	@echo 'Removing .venv, index, caches and build outputs.'
	@rm -rf .venv .corpus index build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov
	@find . -name node_modules -prune -o -type d \( -name __pycache__ -o -name '*.egg-info' \) -prune -exec rm -rf {} +

# Both commands end at once where there is nothing to do, and both depend on settings that make does not know.
ready: .venv/.installed
	@$(RAG) models pull
	@$(RAG) index

.venv/.installed: $(INSTALL_INPUTS)
	@scripts/install '$(PYTHON)'

.venv/.installed-test: $(INSTALL_INPUTS)
	@scripts/install '$(PYTHON)' test
