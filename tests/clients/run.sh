#!/usr/bin/env bash
# The vendor's own clients, unmodified, against the simulator: Python's azure-devops and Node's azure-devops-node-api; the
# action's JSON beside what the vendor's command line writes; and what the action and the simulator's GitHub say to each
# other beside GitHub's own OpenAPI descriptions.
#
# Needs cargo and python3; installs the rest. Leaves nothing running.
set -euo pipefail

# shellcheck source=tests/clients/install.sh
source "$(dirname "$0")/install.sh"
# shellcheck source=tests/clients/work.sh
source "$here/work.sh"

main() {
  install_python_client
  install_command_line_client
  install_node_client
  build_binaries
  local failed=0
  # The Python client keeps what it knows of a server for a day; the next simulator may listen on the same port.
  export AZURE_DEVOPS_CACHE_DIR=$work
  export NODE_PATH=$cache/node/node_modules
  # Of an area that a server does not name the Python client asks Microsoft's own host; a test must not get there.
  try python env HTTPS_PROXY=http://127.0.0.1:9 "$python" "$here/test_build_client.py" || failed=1
  { printf 'clock = { polls = "1s" }\n'; cat "$root/tests/scenarios/list/pipeline.toml"; } >"$work/list.toml"
  SCENARIO=$work/list.toml ACTION_BINARY=$ACTION_BINARY \
    try az env HTTPS_PROXY=http://127.0.0.1:9 "$cache/command-line/bin/python" "$here/test_az.py" || failed=1
  SCENARIO=$here/scenarios/github.toml ACTION_BINARY=$ACTION_BINARY \
    try github node --test --test-reporter=spec "$here/github.test.cjs" || failed=1
  try node node --test --test-reporter=spec "$here/build-client.test.cjs" || failed=1
  return "$failed"
}

# try NAME COMMAND...: runs it beside a simulator of its own, which must not meet a request that it does not know.
try() {
  local name=$1 url token status=0 problems
  shift
  "$SIMULATOR_BINARY" "${SCENARIO:-$here/scenarios/clients.toml}" --listen 127.0.0.1:0 >"$work/$name.greeting" &
  local pid=$!
  for _ in {1..100}; do
    [[ -s $work/$name.greeting ]] && break
    sleep 0.05
  done
  read -r url _ token <"$work/$name.greeting" || return 1
  AZURE_PROJECT_URL=$url AZURE_TOKEN=$token CALLS=$work/calls "$@" >"$work/log" 2>&1 || status=$?
  problems=$("$python" -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())' \
    "$(cut -d / -f 1-3 <<<"$url")/_simulator/problems")
  kill "$pid"
  wait "$pid" || status=1
  if ((status)) || [[ $problems != "[]" ]]; then
    cat "$work/log"
    printf '%s client: FAILED; requests that the simulator does not know: %s\n' "$name" "$problems"
    return 1
  fi
  printf '%s client: %s calls passed\n' "$name" "$(<"$work/calls")"
}

main
