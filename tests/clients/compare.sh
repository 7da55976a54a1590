#!/usr/bin/env bash
# The polling script that people copy beside this action, on the same runs: writes docs/comparison.md.
#
#   compare.sh           write it
#   compare.sh --check   fail when it would be another
#
#   DOCUMENTS=FOLDER     where seeds/ with the script's document is (default: ../shared beside this repository)
set -euo pipefail

# shellcheck source=tests/clients/install.sh
source "$(dirname "$0")/install.sh"
# shellcheck source=tests/clients/work.sh
source "$here/work.sh"

page=$root/docs/comparison.md

main() {
  local folder=${DOCUMENTS:-$root/../shared}/seeds documents
  documents=("$folder"/*.txt)
  if [[ ! -f ${documents[0]} ]]; then
    echo "The comparison needs the document with the polling script; there is none in $folder (DOCUMENTS names another place for its parent)." >&2
    exit 1
  fi
  install_python_client
  build_binaries
  "$python" "$here/test_runner.py" --quiet
  "$python" "$here/compare.py" "${documents[0]}" "$ACTION_BINARY" "$SIMULATOR_BINARY" "$work/comparison.md"
  if [[ ${1:-} != --check ]]; then
    mkdir -p "${page%/*}"
    cp "$work/comparison.md" "$page"
  elif ! diff -u "$page" "$work/comparison.md"; then
    echo "docs/comparison.md is not what the comparison says now; tests/clients/compare.sh writes it" >&2
    exit 1
  fi
  echo "comparison: $(grep -c '^| the script ' "$work/comparison.md") scenarios"
}

main "$@"
