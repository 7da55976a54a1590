#!/usr/bin/env bash
# release.yml from its first job to its last, run by act on this machine instead of one of GitHub's: what it builds is there
# already, it pushes to a registry and a repository of our own, and what only GitHub can do is written down instead. Everything
# else is as it will be: the expressions of the workflow, its scripts, the image, the released action in a job of e2e.yml.
#
#   rehearsal.sh REGISTRY HOME SIMULATOR_BINARY ACTION_BINARY
#                HOME: of skopeo and act (registry.sh)
#
# Needs an engine that reaches the registry, act in ACT, and what the scripts of the release need.
set -euo pipefail

usage="usage: rehearsal.sh REGISTRY HOME SIMULATOR_BINARY ACTION_BINARY"
registry=${1:?$usage}
home=${2:?$usage}
simulator_binary=${3:?$usage}
action_binary=${4:?$usage}
job_image=run-azure-pipeline-e2e-job:local
root=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
temp=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-rehearsal.XXXXXX")
trap 'rm -rf "$temp"' EXIT

main() {
  repository
  programs
  actions
  # Job `tree` takes its other runner, which is a container here: act gives a container of an action no files where the job
  # has none itself. The programs of its steps are this machine's.
  local options="-v /usr:/usr:ro -v /lib:/lib:ro -v $temp/bin/cargo:/sbin/cargo:ro -v $simulator_binary:$simulator_binary:ro"
  [[ ! -d /lib64 ]] || options+=" -v /lib64:/lib64:ro"
  (
    export PATH=$temp/bin:$PATH
    env "HOME=$home" "$ACT" workflow_dispatch --directory "$temp/clone" --workflows .github/workflows/release.yml \
      --platform ubuntu-24.04=-self-hosted --platform "ubuntu-24.04-arm=$job_image" --matrix runner:ubuntu-24.04-arm \
      --container-options "$options" --eventpath "$temp/event.json" \
      --env "HOME=$home" --env "CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}" --env "RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}" \
      --env GITHUB_REPOSITORY=octo/demo --secret GITHUB_TOKEN=ghs_simulated --actor octo --pull=false --no-cache-server --rm \
      "${replaced[@]}" </dev/null
  ) 2>&1 | tee "$temp/act.log"

  echo "-- image; act, tree and all-green of e2e.yml; reproducible; publish"
  grep -F 'Job succeeded' "$temp/act.log"
  [[ $(grep -cF 'Job succeeded' "$temp/act.log") == 6 ]]

  echo "-- what was released"
  local image
  image=$(sed -n 's/^cosign sign --yes --recursive //p' "$temp/record")
  echo "$image"
  [[ $image =~ ^$registry/octo/demo@sha256:[0-9a-f]{64}$ ]]
  git -C "$temp/github.git" diff main "v$version" | tee "$temp/diff"
  grep -xF "+  image: docker://$image" "$temp/diff"
  [[ $(git -C "$temp/github.git" rev-parse "v$version^") == $(git -C "$temp/github.git" rev-parse main) ]]
  [[ $(git -C "$temp/github.git" rev-parse "v${version%%.*}") == $(git -C "$temp/github.git" rev-parse "v$version") ]]
  # Signature and tests come before anything that a user could meet.
  diff - <(sed "s|$image|IMAGE|; s|${image%@*} ${image#*@}|IMAGE|" "$temp/record") <<RECORD
docker login ghcr.io --username octo --password-stdin
attest-build-provenance IMAGE
attest-sbom IMAGE pkg:cargo/run-azure-pipeline@$version
cosign sign --yes --recursive IMAGE
.ci/run e2e
gh auth setup-git
gh release create v$version --verify-tag --title v$version
It is rehearsed.
RECORD
}

# A clone on its main, where nothing is released yet; it pushes to another one.
repository() {
  git clone --quiet --no-tags "$root" "$temp/clone"
  cd "$temp/clone"
  git checkout --quiet -B main
  git remote set-url origin https://github.com/octo/demo
  printf '# Changelog\n\n## %s\n\nIt is rehearsed.\n' "$version" >CHANGELOG.md
  sed -i "s|NAME: ghcr.io/|NAME: $registry/|" .github/workflows/release.yml
  # These tests, within themselves.
  printf 'echo ".ci/run $*" >>"%s"\n' "$temp/record" >.ci/run
  git -c user.name=e2e -c user.email=e2e@example.invalid commit --quiet --all --message "to be released"
  git clone --quiet --bare . "$temp/github.git"
  git remote set-url --push origin "$temp/github.git"
  printf '{"ref": "refs/heads/main", "sender": {"login": "octo"}}' >"$temp/event.json"
  cd "$root"
}

# Programs that need GitHub, another user, or time.
programs() {
  mkdir "$temp/bin"
  # The packages are there. Where these tests are not root's, the image is made by root all the same.
  program sudo "[[ \$1 != */packages.sh ]] || exit 0
[[ \$EUID != 0 ]] || exec \"\$@\"
exec $(command -v sudo || true) \"\$@\""
  program cosign "echo \"cosign \$*\" >>$temp/record"
  # The last argument is the file of the notes.
  program gh "echo \"gh \$*\" | sed 's/ --notes-file .*//' >>$temp/record
[[ \$1 != release ]] || cat \"\${@: -1}\" >>$temp/record"
  program docker "if [[ \$1 == login ]]; then
  cat >/dev/null
  echo \"docker \$*\" >>$temp/record
else
  exec $(command -v docker) \"\$@\"
fi"
  program rustup ''
  program cargo "[[ \$1 == build ]] || exec $(command -v cargo) \"\$@\"
case \" \$* \" in
  *' --package azure-pipelines-simulator '*) install -D $simulator_binary target/debug/azure-pipelines-simulator ;;
  *' --target x86_64-unknown-linux-musl '*) install -D $action_binary target/x86_64-unknown-linux-musl/release/run-azure-pipeline ;;
  *' --target aarch64-unknown-linux-musl '*) install -D $action_binary target/aarch64-unknown-linux-musl/release/run-azure-pipeline ;;
esac"
}

# program NAME SCRIPT
program() {
  printf '#!/usr/bin/env bash\nset -euo pipefail\n%s\n' "$2" >"$temp/bin/$1"
  chmod +x "$temp/bin/$1"
}

# The actions that only GitHub can run; afterwards `replaced` are act's arguments.
actions() {
  local uses name
  replaced=()
  while read -r uses; do
    name=${uses%@*}
    name=${name#*/}
    action "$name"
    replaced+=(--local-repository "$uses=$temp/$name")
  done < <(sed -n 's/.*uses: \([a-z-]*\/[a-z-]*@[0-9a-f]\{40\}\) .*/\1/p' "$root/.github/workflows/release.yml" |
    grep -v '^actions/checkout@' | sort -u)
}

# action NAME: writes down its subject, and the first part of the list of what it is made of.
action() {
  mkdir "$temp/$1"
  cat >"$temp/$1/action.yml" <<YAML
name: $1
description: Written down
inputs:
  subject-name: {}
  subject-digest: {}
  push-to-registry: {}
  sbom-path: {}
runs:
  using: composite
  steps:
    - if: inputs.subject-name != ''
      shell: bash
      env:
        SUBJECT: \${{ inputs.subject-name }} \${{ inputs.subject-digest }}
        SBOM: \${{ inputs.sbom-path }}
      run: |
        echo "$1 \$SUBJECT\${SBOM:+ \$(python3 -c 'import json, sys; print(json.load(sys.stdin)["metadata"]["component"]["purl"])' <"\$SBOM")}" >>$temp/record
YAML
}

main
