#!/usr/bin/env bash
# Make sure that there is a Chromium, with Chinese letters, for the browser tests.
set -euo pipefail

.venv/bin/python -m tests.support.chromium && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
else
    echo "The browser tests need Chromium. Run: sudo apt install chromium fonts-noto-cjk" >&2
    exit 1
fi
