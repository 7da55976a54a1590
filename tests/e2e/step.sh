# shellcheck shell=bash
# Sourced by the scripts beside it: one step of a job, its files, variables and mounts as GitHub's runner lays them out.

# step_in DIRECTORY PIPELINE VARIABLE=VALUE...: lays out the runner's files in DIRECTORY. Afterwards `variables` has what the
# process that starts the container must have in its environment, and `arguments` what `docker run` is given.
step_in() {
  local temp=$1 commands=/github/file_commands here
  here=$(dirname "${BASH_SOURCE[0]}")
  mkdir -p "$temp"/{_github_home,_github_workflow,_runner_file_commands,workspace}
  cp "$here/events/push.json" "$temp/_github_workflow/event.json"
  touch "$temp"/_runner_file_commands/{set_output,save_state,set_env,add_path,step_summary}

  variables=(
    "INPUT_AZURE-DEVOPS-PROJECT-URL=http://simulator:8080/fabrikam/Fabrikam"
    "INPUT_AZURE-DEVOPS-TOKEN=$(scenario_token)"
    "INPUT_AZURE-PIPELINE-NAME=$2"
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
    "GITHUB_WORKFLOW=e2e"
    "GITHUB_JOB=e2e"
    "GITHUB_OUTPUT=$commands/set_output"
    "GITHUB_STATE=$commands/save_state"
    "GITHUB_ENV=$commands/set_env"
    "GITHUB_PATH=$commands/add_path"
    "GITHUB_STEP_SUMMARY=$commands/step_summary"
    "${@:3}"
  )
  arguments=(
    --workdir /github/workspace --rm -e GITHUB_ACTIONS=true -e CI=true
    -v "$temp:/github/runner_temp"
    -v "$temp/_github_home:/github/home"
    -v "$temp/_github_workflow:/github/workflow"
    -v "$temp/_runner_file_commands:/github/file_commands"
    -v "$temp/workspace:/github/workspace"
  )
  local variable
  # By name: the value is in no argument.
  for variable in "${variables[@]}"; do
    arguments+=(-e "${variable%%=*}")
  done
}

# The token that the scenario accepts.
scenario_token() {
  sed -n 's/^token = "\(.*\)"$/\1/p' "$(dirname "${BASH_SOURCE[0]}")/scenario.toml"
}

# without_masks FILE...: a log as people see it. The runner swallows this command; a log kept on disk must not have the
# value either.
without_masks() {
  sed 's/^::add-mask::.*/::add-mask::***/' "$@"
}
