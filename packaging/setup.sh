#!/usr/bin/env bash
# Prepares this computer for `make run`, `make test` or `make bench`:
#
#   setup.sh run|test|bench         system packages, virtual environment, Python packages
#   setup.sh system run|test|bench  the system packages alone (as root)
#
# Asks nothing, leaves no service running, and does nothing when nothing changed.
# PYTHON chooses the interpreter (3.11 or later), VENV the virtual environment.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=${VENV:-.venv}
LISTS=packaging/system_packages.txt

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    die "Python 3.11 or later is needed: install it, or name it with PYTHON=…"
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# wanted GROUP: the lines of the lists for it, alternatives still joined by "|"
wanted() {
    local groups=$1
    case $1 in test) groups='run|test' ;; bench) groups='run|test|bench' ;; esac
    if "$(find_python)" -c 'import sys; sys.exit(sys.base_prefix != "/usr")'; then groups="python|$groups"; fi
    awk -v groups="^($groups)\$" '$1 ~ groups { print $2 }' "$LISTS"
}

missing() {
    local line name
    for line in $(wanted "$1"); do
        for name in ${line//|/ }; do is_installed "$name" && continue 2; done
        printf '%s\n' "$line"
    done
}

install_as_root() {
    local line name names=() lines policy=/usr/sbin/policy-rc.d
    lines=$(missing "$1")
    [ -n "$lines" ] || return 0
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
    apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 update
    for line in $lines; do
        for name in ${line//|/ }; do
            if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then names+=("$name"); continue 2; fi
        done
        die "No package $line in this release's archive."
    done

    # Debian starts the services it installs, unless this script says 101. What was there comes back.
    restore_policy() {
        rm -f "$policy"
        if [ -e "$policy.mssclient" ]; then mv "$policy.mssclient" "$policy"; fi
    }
    if [ -e "$policy" ] && [ ! -e "$policy.mssclient" ]; then mv "$policy" "$policy.mssclient"; fi
    trap restore_policy EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    if command -v debconf-set-selections >/dev/null; then
        debconf-set-selections <<'ANSWERS'
postfix postfix/main_mailer_type select No configuration
slapd slapd/no_configuration boolean true
ANSWERS
    fi
    apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        install --no-install-recommends "${names[@]}"
    # Nor at the next start of the computer; a service that was here before is left as it was.
    if command -v systemctl >/dev/null; then
        for name in "${names[@]}"; do
            case $name in
                dovecot-imapd) systemctl disable --quiet dovecot.service dovecot.socket 2>/dev/null || true ;;
                postfix) systemctl disable --quiet postfix.service 2>/dev/null || true ;;
                slapd) systemctl disable --quiet slapd.service 2>/dev/null || true ;;
                pcscd) systemctl disable --quiet pcscd.service pcscd.socket 2>/dev/null || true ;;
            esac
        done
    fi
    restore_policy
    trap - EXIT
}

system_packages() {
    local lines
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "Not a Debian: these packages, or their like, must be here:" $(wanted "$1")
        return 0
    fi
    lines=$(missing "$1")
    [ -n "$lines" ] || return 0
    say "System packages to install:" $lines
    if [ "$(id -u)" = 0 ]; then
        install_as_root "$1"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n PYTHON="$(command -v "$(find_python)")" bash packaging/setup.sh system "$1"
    else
        say "They need root. Run this line, then start again:"
        say "    su root -c 'PYTHON=$(command -v "$(find_python)") bash $PWD/packaging/setup.sh system $1'"
        exit 1
    fi
}

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

python_packages() {
    local goal=$1 python="$VENV/bin/python" part parts locked project
    [ "$goal" = run ] || goal=test # the bench needs the same Python packages as the tests
    if ! "$python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        say "Virtual environment: $VENV"
        "$(find_python)" -m venv --clear "$VENV"
    fi
    case $goal in run) parts='build program' ;; test) parts='build program card tests' ;; esac
    locked=$(digest requirements.lock)
    if [ "$(cat "$VENV/.packages-$goal" 2>/dev/null)" != "$locked" ]; then
        # The tools that build come first: nothing is fetched unpinned while a package is built.
        for part in "build" "$parts"; do
            "$python" packaging/lock.py select $part >"$VENV/selected.lock"
            "$python" -m pip install --quiet --disable-pip-version-check --no-input \
                --require-hashes --no-deps --no-build-isolation -r "$VENV/selected.lock"
        done
        rm -f "$VENV/selected.lock" "$VENV"/.packages-*
        printf '%s' "$locked" >"$VENV/.packages-$goal"
        if [ "$goal" = test ]; then printf '%s' "$locked" >"$VENV/.packages-run"; fi
    fi
    project=$(digest pyproject.toml <(printf '%s' "$PWD"))
    if [ "$(cat "$VENV/.project" 2>/dev/null)" != "$project" ]; then
        "$python" -m pip install --quiet --disable-pip-version-check --no-input \
            --no-deps --no-build-isolation --editable .
        printf '%s' "$project" >"$VENV/.project"
    fi
}

main() {
    case "${1:-} ${2:-}" in
        "system run" | "system test" | "system bench") install_as_root "$2" ;;
        "run " | "test " | "bench ")
            # The lists are looked at again only when they, or the computer's packages, changed.
            local state
            state=$(digest "$LISTS" packaging/setup.sh $([ -e /var/lib/dpkg/status ] && echo /var/lib/dpkg/status))
            if [ "$(cat "$VENV/.system-$1" 2>/dev/null)" != "$state" ]; then
                system_packages "$1"
                state=$(digest "$LISTS" packaging/setup.sh $([ -e /var/lib/dpkg/status ] && echo /var/lib/dpkg/status))
            fi
            python_packages "$1"
            printf '%s' "$state" >"$VENV/.system-$1"
            ;;
        *) die "usage: setup.sh [system] run|test|bench" ;;
    esac
}

main "$@"
