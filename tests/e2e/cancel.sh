#!/usr/bin/env bash
# Cancels the action while it follows a run, as GitHub's runner does. act cannot: it sends containers no signal.
#
#   cancel.sh runner     a run in progress; the runner's signals go to the docker client
#   cancel.sh queued     a run that has not started; SIGINT goes to the container
#   cancel.sh stop       `docker stop`: SIGTERM
#   cancel.sh queueing   SIGINT while the answer to the queue request is on its way
#   cancel.sh throttled  SIGINT while the service wants to be left alone for five minutes
#   cancel.sh retrying   SIGINT in the pause before another run
#   cancel.sh twice      two signals while the service does not answer the cancel request; the post step looks
#   cancel.sh killed     SIGKILL; the post step cancels the run
#
# Needs the images that run.sh builds, and an engine.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/step.sh
source "$here/step.sh"

variant=${1:?usage: cancel.sh VARIANT}
name=run-azure-pipeline-cancel-$$
job_image="run-azure-pipeline-e2e-job:local"

temp=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-cancel.XXXXXX")
client=
expected=130
result=canceled

main() {
  trap clean_up EXIT
  lay_out_scenario
  docker network create "$name" >/dev/null
  docker run --detach --name "$name-simulator" --network "$name" --network-alias simulator \
    -v "$temp/scenario.toml:/scenario.toml:ro" run-azure-pipeline-e2e-simulator:local >/dev/null
  # Asks the simulator from inside its network, which the machine need not reach.
  docker run --detach --name "$name-probe" --network "$name" $job_image tail -f /dev/null >/dev/null

  case $variant in
    runner)
      start_action endless
      until_true "the run is in progress" azure_says '"status": ?"inProgress"'
      cancel_as_the_runner_does
      ;;
    queued)
      start_action never-starts
      until_true "the action knows the run" output run-id
      azure_says '"status": ?"notStarted"'
      interrupt kill --signal INT
      ;;
    stop)
      start_action endless
      until_true "the action follows the run" journal_has timeline
      interrupt stop --time 10
      ;;
    queueing)
      start_action endless
      until_true "the run is being queued" journal_has '"POST"'
      interrupt kill --signal INT
      ;;
    throttled)
      start_action endless
      until_true "the service is throttling" log_says "throttling requests"
      interrupt kill --signal INT
      ;;
    retrying)
      start_action red INPUT_RETRY-ON=failure INPUT_RETRY-DELAY=1h
      until_true "the action waits for the next attempt" log_says "attempt 2 of 2"
      result=failed
      docker kill --signal INT "$name" >/dev/null
      until_true "the action has ended" client_has_ended
      ;;
    twice)
      start_action endless
      until_true "the action follows the run" journal_has timeline
      docker kill --signal INT "$name" >/dev/null
      until_true "the cancel request is on its way" journal_has '"PATCH"'
      docker kill --signal INT "$name" >/dev/null
      until_true "the action has ended" client_has_ended
      result=
      ;;
    killed)
      start_action endless
      until_true "the action follows the run" journal_has timeline
      docker kill --signal KILL "$name" >/dev/null
      until_true "the action has ended" client_has_ended
      expected=137
      result=
      ;;
    *)
      echo "no such variant: $variant" >&2
      exit 2
      ;;
  esac

  local status=0
  wait "$client" || status=$?
  client=
  show

  echo "-- the action ended with $status"
  [[ $status == "$expected" ]]
  [[ $(output run-id) -gt 0 ]]
  [[ $(output run-url) == http* ]]
  [[ $(output result || true) == "$result" ]]
  [[ $variant == killed || -s $temp/_runner_file_commands/step_summary ]]
  post_step
  if [[ $variant == retrying ]]; then
    [[ $(simulator builds | grep -cE '"cancelRequested": ?true') == 0 ]]
  else
    azure_says '"cancelRequested": ?true'
    # The agent needs a moment.
    local try
    for ((try = 0; try < 50; try++)); do
      ! azure_says '"result": ?"canceled"' || break
      sleep 0.2
    done
    azure_says '"result": ?"canceled"'
  fi
  [[ $(simulator problems) == "[]" ]]
  [[ -z $(docker ps --all --quiet --filter "name=^$name\$") ]]
  echo "-- everything held"
}

# The scenario of all end-to-end tests, with the faults of this one.
lay_out_scenario() {
  cp "$here/scenario.toml" "$temp/"
  case $variant in
    queueing) printf '\n[[fault]]\non = "POST builds"\nat = [1]\ndelay = "2s"\n' ;;
    throttled) printf '\n[[fault]]\non = "GET builds/*"\nat = [3]\nanswer = "throttled"\nheaders = { retry-after = "300" }\n' ;;
    twice) printf '\n[[fault]]\non = "PATCH builds/*"\nat = [1]\ndelay = "20s"\n' ;;
  esac >>"$temp/scenario.toml"
}

# interrupt DOCKER COMMAND...: on the container; says how long it took until the service knew of it.
interrupt() {
  docker exec "$name-probe" sh -c \
    'until wget -qO- http://simulator:8080/_simulator/builds | grep -qE "\"cancelRequested\": ?true"; do :; done' &
  local seen=$!
  sleep 0.5
  local start=${EPOCHREALTIME/[.,]/}
  docker "$@" "$name" >/dev/null &
  wait "$seen"
  echo "-- the cancel request had come at most $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) ms after the signal was sent"
  until_true "the action has ended" client_has_ended
}

# What the runner does after the step, however it has ended: the same image and inputs, the step's state, new files.
# It must say something exactly where the service was not asked to cancel the run.
post_step() {
  local run
  run=$(value_in save_state held || true)
  docker run --rm --network "$name" --entrypoint /clean-up \
    -e "INPUT_AZURE-DEVOPS-PROJECT-URL=http://simulator:8080/fabrikam/Fabrikam" -e "INPUT_AZURE-DEVOPS-TOKEN=$(scenario_token)" \
    -e "INPUT_AZURE-PIPELINE-NAME=endless" -e "STATE_held=$run" \
    run-azure-pipeline:local </dev/null >"$temp/post.log" 2>&1
  echo "-- the post step's log, with the state held=$run"
  without_masks "$temp/post.log"
  case $variant in
    killed) grep -q "was asked to cancel" "$temp/post.log" ;;
    # The service has heard the request whose answer never came.
    twice) [[ $(grep -cv '^::add-mask::' "$temp/post.log") == 0 ]] ;;
    *) [[ ! -s $temp/post.log ]] ;;
  esac
}

# start_action PIPELINE VARIABLE=VALUE...: the runner's `docker run`: its mounts, its working directory, variables by name, no terminal.
start_action() {
  step_in "$temp" "$@"
  # A script's background jobs ignore SIGINT unless told otherwise; the runner's child does not.
  env --default-signal=INT "${variables[@]}" docker run --name "$name" --network "$name" "${arguments[@]}" \
    run-azure-pipeline:local </dev/null >"$temp/log" 2>&1 &
  client=$!
}

# SIGINT, after 7.5 s SIGTERM, after 2.5 s SIGKILL, each to the docker client alone. The first must do.
cancel_as_the_runner_does() {
  local start=${EPOCHREALTIME/[.,]/}
  kill -INT "$client"
  if ends_within 75; then
    echo "-- ended $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) ms after SIGINT"
    return
  fi
  echo "-- still there 7.5 s after SIGINT; the runner would send SIGTERM now, and SIGKILL 2.5 s later"
  kill -TERM "$client"
  ends_within 25 || kill -KILL "$client"
  show
  return 1
}

# ends_within TENTHS_OF_A_SECOND
ends_within() {
  local tenth
  for ((tenth = 0; tenth < $1; tenth++)); do
    ! client_has_ended || return 0
    sleep 0.1
  done
  return 1
}

client_has_ended() {
  ! kill -0 "$client" 2>/dev/null
}

# until_true WHAT COMMAND...: waits for it, but not for an action that has ended already, and at most 30 s.
until_true() {
  local what=$1 try
  shift
  for ((try = 0; try < 150; try++)); do
    ! "$@" >/dev/null || return 0
    client_has_ended && break
    sleep 0.2
  done
  "$@" >/dev/null && return
  echo "waited in vain until $what" >&2
  show >&2
  return 1
}

simulator() {
  docker exec "$name-probe" wget -qO- "http://simulator:8080/_simulator/$1"
}

azure_says() {
  simulator builds | grep -qE "$1"
}

journal_has() {
  simulator journal | grep -q "$1"
}

log_says() {
  grep -q "$1" "$temp/log"
}

output() {
  value_in set_output "$1"
}

# value_in FILE NAME: the last value of an entry, in either of the two forms that the runner reads.
value_in() {
  awk -v name="$2" '
    end != "" { if ($0 == end) end = ""; else if (wanted) value = $0; next }
    match($0, /^[^=<]+<</) { wanted = substr($0, 1, RLENGTH - 2) == name; end = substr($0, RLENGTH + 1); next }
    index($0, name "=") == 1 { value = substr($0, length(name) + 2) }
    END { print value; exit value == "" }
  ' "$temp/_runner_file_commands/$1"
}

show() {
  local file
  echo "-- the action's log"
  without_masks "$temp/log"
  for file in set_output save_state step_summary; do
    echo "-- $file"
    cat "$temp/_runner_file_commands/$file"
  done
}

clean_up() {
  local status=$?
  set +e
  docker rm --force "$name" "$name-simulator" "$name-probe" >/dev/null 2>&1
  [[ -z $client ]] || kill -KILL "$client" 2>/dev/null
  wait
  docker network rm "$name" >/dev/null 2>&1
  rm -rf "$temp"
  exit "$status"
}

main
