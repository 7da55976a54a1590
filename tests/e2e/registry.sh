# shellcheck shell=bash
# Sourced: Debian's image registry, where the engine reaches it without TLS.

registry_pid=

# registry_up DIRECTORY: afterwards `registry` is its HOST:PORT, for the engine and for what in_engines_network runs. Its data
# and log are in DIRECTORY, which is the home for skopeo.
registry_up() {
  local directory=$1 try
  mkdir -p "$directory/images"
  cat >"$directory/registry.yml" <<CONFIG
version: 0.1
storage:
  filesystem:
    rootdirectory: $directory/images
http:
  addr: 127.0.0.1:0
  secret: of-one-registry-alone
CONFIG
  in_engines_network docker-registry serve "$directory/registry.yml" >"$directory/registry.log" 2>&1 </dev/null &
  registry_pid=$!
  for ((try = 0; try < 300; try++)); do
    registry=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$directory/registry.log")
    [[ -z $registry ]] || break
    kill -0 "$registry_pid"
    sleep 0.1
  done
  [[ -n $registry ]]
  # The engine takes a registry at 127.0.0.1 without TLS by itself; skopeo reads this below its home.
  mkdir -p "$directory/.config/containers"
  printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$registry" >"$directory/.config/containers/registries.conf"
}

registry_down() {
  [[ -n $registry_pid ]] || return 0
  # What was started is the child of a shell that runs the function.
  pkill --parent "$registry_pid" || true
  wait "$registry_pid" 2>/dev/null || true
  registry_pid=
}
