#!/usr/bin/env bash
# Fetch the console's one library (Preact with htm) by package-lock.json; it is never committed.
set -euo pipefail
target=$1

npm=$(command -v npm || true)
if [ -z "$npm" ]; then
    echo "There is no npm on this machine: installing one into .venv (once)"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-npm.lock
    export PATH="$PWD/.venv/bin:$PATH"
fi

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
mkdir -p "$(dirname "$target")"
cp node_modules/htm/preact/standalone.module.js "$target"
