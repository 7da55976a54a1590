#!/usr/bin/env bash
# Cancels the action while it follows a run, as GitHub's runner does. act cannot: it sends containers no signal.
#
#   cancel.sh runner   a run in progress; the runner's signals go to the docker client
#   cancel.sh queued   a run that has not started; SIGINT goes to the container
#
# Needs the images that run.sh builds, and an engine.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
variant=${1:?usage: cancel.sh runner|queued}
name=run-azure-pipeline-cancel-$$
token=$(sed -n 's/^token = "\(.*\)"$/\1/p' "$here/scenario.toml")
job_image=run-azure-pipeline-e2e-job:local

temp=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-cancel.XXXXXX")
client=

main() {
  trap clean_up EXIT
  docker network create "$name" >/dev/null
  docker run --detach --name "$name-simulator" --network "$name" --network-alias simulator \
    run-azure-pipeline-e2e-simulator:local >/dev/null
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
      docker kill --signal INT "$name" >/dev/null
      until_true "the action has ended" client_has_ended
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
  [[ $status == 130 ]]
  [[ $(output run-id) -gt 0 ]]
  [[ $(output run-url) == http* ]]
  [[ $(output result) == canceled ]]
  [[ -s $temp/_runner_file_commands/step_summary ]]
  azure_says '"result": ?"canceled"'
  azure_says '"cancelRequested": ?true'
  [[ $(simulator problems) == "[]" ]]
  [[ -z $(docker ps --all --quiet --filter "name=^$name\$") ]]
  echo "-- everything held"
}

# start_action PIPELINE: the runner's `docker run`: its mounts, its working directory, variables by name, no terminal.
start_action() {
  mkdir -p "$temp"/{_github_home,_github_workflow,_runner_file_commands,workspace}
  cp "$here/events/push.json" "$temp/_github_workflow/event.json"
  local commands=/github/file_commands
  touch "$temp"/_runner_file_commands/{set_output,save_state,set_env,add_path,step_summary}

  local variables=(
    "INPUT_AZURE-DEVOPS-PROJECT-URL=http://simulator:8080/fabrikam/Fabrikam"
    "INPUT_AZURE-DEVOPS-TOKEN=$token"
    "INPUT_AZURE-PIPELINE-NAME=$1"
    "INPUT_POLL-INTERVAL=200ms"
    "HOME=/github/home"
    "RUNNER_TEMP=/github/runner_temp"
    "GITHUB_WORKSPACE=/github/workspace"
    "GITHUB_EVENT_NAME=push"
    "GITHUB_EVENT_PATH=/github/workflow/event.json"
    "GITHUB_REPOSITORY=octo/demo"
    "GITHUB_REF=refs/heads/main"
    "GITHUB_SHA=1111111111111111111111111111111111111111"
    "GITHUB_SERVER_URL=https://github.com"
    "GITHUB_API_URL=https://api.github.com"
    "GITHUB_RUN_ID=1658821493"
    "GITHUB_RUN_ATTEMPT=1"
    "GITHUB_WORKFLOW=cancel"
    "GITHUB_JOB=cancel"
    "GITHUB_OUTPUT=$commands/set_output"
    "GITHUB_STATE=$commands/save_state"
    "GITHUB_ENV=$commands/set_env"
    "GITHUB_PATH=$commands/add_path"
    "GITHUB_STEP_SUMMARY=$commands/step_summary"
  )
  local names=() variable
  for variable in "${variables[@]}"; do
    names+=(-e "${variable%%=*}")
  done

  # A script's background jobs ignore SIGINT unless told otherwise; the runner's child does not.
  env --default-signal=INT "${variables[@]}" docker run --name "$name" --workdir /github/workspace --rm \
    "${names[@]}" -e GITHUB_ACTIONS=true -e CI=true --network "$name" \
    -v "$temp:/github/runner_temp" \
    -v "$temp/_github_home:/github/home" \
    -v "$temp/_github_workflow:/github/workflow" \
    -v "$temp/_runner_file_commands:/github/file_commands" \
    -v "$temp/workspace:/github/workspace" \
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

# The last value of an output, in either of the two forms that the runner reads.
output() {
  awk -v name="$1" '
    end != "" { if ($0 == end) end = ""; else if (wanted) value = $0; next }
    match($0, /^[^=<]+<</) { wanted = substr($0, 1, RLENGTH - 2) == name; end = substr($0, RLENGTH + 1); next }
    index($0, name "=") == 1 { value = substr($0, length(name) + 2) }
    END { print value; exit value == "" }
  ' "$temp/_runner_file_commands/set_output"
}

show() {
  local file
  echo "-- the action's log"
  # The runner swallows this command; a log kept on disk must not have the value either.
  sed 's/^::add-mask::.*/::add-mask::***/' "$temp/log"
  for file in set_output step_summary; do
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
