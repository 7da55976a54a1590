# shellcheck shell=bash
# Sourced by the scripts beside it: a Docker engine for as long as they need one.
#
# Where an engine answers, it is used. Else one is started in namespaces of its own: its bridges and firewall rules never
# touch the machine's, and when its first process dies, the kernel ends every other one, containers and all.

engine_pid=

# engine_up DIRECTORY: afterwards `docker` talks to an engine. Its data, socket and log are in DIRECTORY.
engine_up() {
  local directory=$1
  if docker version >/dev/null 2>&1; then
    return
  fi
  if [[ $EUID != 0 ]]; then
    echo "No Docker engine answers, and only root can start one." >&2
    return 1
  fi
  export DOCKER_HOST=unix://$directory/docker.sock
  # Neither the machine's settings nor its credentials may play a part.
  export DOCKER_CONFIG=$directory/docker-config
  mkdir -p "$DOCKER_CONFIG"
  echo '{}' >"$DOCKER_CONFIG/config.json"
  echo '{}' >"$directory/daemon.json"

  # The second try is for machines whose kernel has no firewall: containers of one network reach each other without it.
  local option
  for option in --iptables=true --iptables=false; do
    engine_start "$directory" "$option"
    if engine_answers; then
      return
    fi
    engine_down
  done
  echo "The Docker engine did not start; the end of its log:" >&2
  tail -n 20 "$directory/dockerd.log" >&2
  return 1
}

engine_start() {
  # The shell between unshare and dockerd is the namespace's first process: it collects orphans, which dockerd does not.
  # A containerd of the machine must not be found, it lives in other namespaces.
  # shellcheck disable=SC2016 # the inner shell expands these
  unshare --fork --pid --kill-child --mount --mount-proc --net -- bash -c '
    ip link set lo up
    [[ ! -d /run/containerd ]] || mount -t tmpfs none /run/containerd
    dockerd --config-file "$1/daemon.json" --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/dockerd.pid" \
      --host "unix://$1/docker.sock" "$2" &
    wait $!
  ' engine "$@" >"$1/dockerd.log" 2>&1 </dev/null &
  engine_pid=$!
}

# True as soon as the engine answers, false when it has ended or takes more than a minute.
engine_answers() {
  local try
  for ((try = 0; try < 300; try++)); do
    if docker version >/dev/null 2>&1; then
      return 0
    fi
    kill -0 "$engine_pid" 2>/dev/null || return 1
    sleep 0.2
  done
  return 1
}

# in_engines_network COMMAND...: runs it where 127.0.0.1 is the engine's, too.
in_engines_network() {
  if [[ -z $engine_pid ]]; then
    "$@"
  else
    nsenter --net --target "$(ps -o pid= --ppid "$engine_pid" | tr -d ' ')" -- "$@"
  fi
}

# Ends an engine that engine_up started. Its namespace's first process is killed, not unshare: unshare waits until that
# one has gone, and it goes last.
engine_down() {
  [[ -n $engine_pid ]] || return 0
  local first
  first=$(ps -o pid= --ppid "$engine_pid" || true)
  # shellcheck disable=SC2086 # ps pads the number
  kill -KILL ${first:-$engine_pid} 2>/dev/null || true
  wait "$engine_pid" 2>/dev/null || true
  engine_pid=
}

# build_image ARGUMENTS OF DOCKER BUILD...: says nothing unless it fails (an engine without BuildKit complains about that).
build_image() {
  local log
  if ! log=$(docker build "$@" 2>&1); then
    echo "$log" >&2
    return 1
  fi
}
