# shellcheck shell=bash
# Sourced: a folder for what a script leaves, which is gone when it ends, and with it every program that it has started.

# shellcheck source=tests/e2e/processes.sh
source "$(dirname "${BASH_SOURCE[0]}")/../e2e/processes.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-clients.XXXXXX")
# Every program started from here on carries this variable, so that those which outlive the script are found.
export CLIENTS_WORK=$work

clean_up() {
  local status=$?
  set +e
  end_processes_with "CLIENTS_WORK=$work" || status=1
  rm -rf "$work"
  exit "$status"
}

trap clean_up EXIT
