#!/usr/bin/env bash
# Install the packages of a lock file into .venv, in this checkout and nowhere else.
set -euo pipefail
lock=$1

python=""
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Huiliu needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3" >&2
    exit 1
fi

# Debian and Ubuntu keep what makes an environment in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing the package python3-venv"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    else
        echo "Python cannot make an environment here. Run: sudo apt install python3-venv" >&2
        exit 1
    fi
fi

[ -x .venv/bin/pip ] || "$python" -m venv .venv
echo "Installing the packages of $lock into .venv (once; about a minute)"
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
