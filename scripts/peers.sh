#!/usr/bin/env bash
# Install the programs of others that the channels are tested against: mail servers, an SMS gateway, npm's libraries.
set -euo pipefail

packages=(dovecot-imapd dovecot-lmtpd postfix kannel)
programs=(/usr/sbin/dovecot /usr/lib/dovecot/lmtp /usr/sbin/postfix /usr/sbin/bearerbox)

if ! ls "${programs[@]}" >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing ${packages[*]} for the tests of the channels"
        # The tests start their own; the system's must not start by being installed.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            printf '#!/bin/sh\nexit 101\n' >$policy
            chmod +x $policy
            trap 'rm -f $policy' EXIT
        fi
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    else
        echo "The tests of the channels need other programs. Run: sudo apt install ${packages[*]}" >&2
        exit 1
    fi
fi

cd tests/peers
PATH="$PWD/../../.venv/bin:$PATH"
[ node_modules -nt package-lock.json ] || { npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules; }
