# shellcheck shell=bash
# Sourced: installs the vendor's clients into .e2e/clients, which git ignores, and builds what they are tried on.
#
#   ACTION_BINARY=PATH, SIMULATOR_BINARY=PATH   take these binaries instead of building them

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=$root/.e2e/clients
# shellcheck disable=SC2034 # for those who source this
python=$cache/python/bin/python
# What must not be left in the work tree.
export PYTHONDONTWRITEBYTECODE=1
# The simulator is never behind a proxy.
export NO_PROXY=${NO_PROXY:+$NO_PROXY,}127.0.0.1
export no_proxy=$NO_PROXY

install_python_client() {
  install_python_packages python requirements.txt
}

# What `az pipelines` has inside.
install_command_line_client() {
  install_python_packages command-line requirements-az.txt
}

# install_python_packages ENVIRONMENT REQUIREMENTS: installed again when what is pinned has changed.
install_python_packages() {
  cmp -s "$here/$2" "$cache/$1/$2" && return
  python3 -m venv --clear "$cache/$1"
  "$cache/$1/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/$2"
  cp "$here/$2" "$cache/$1/"
}

install_node_client() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    DEBIAN_FRONTEND=noninteractive as_root apt-get -qq update
    DEBIAN_FRONTEND=noninteractive as_root apt-get -qq install --yes --no-install-recommends nodejs npm
  fi
  cmp -s "$here/package-lock.json" "$cache/node/package-lock.json" && return
  rm -rf "$cache/node"
  mkdir -p "$cache/node"
  cp "$here/package.json" "$cache/node/"
  # The lock file is copied last: it says that the rest is complete.
  cp "$here/package-lock.json" "$cache/node/npm-shrinkwrap.json"
  npm ci --prefix "$cache/node" --ignore-scripts --no-audit --no-fund --silent
  cp "$here/package-lock.json" "$cache/node/"
}

as_root() {
  if [[ $EUID == 0 ]]; then "$@"; else sudo --preserve-env=DEBIAN_FRONTEND "$@"; fi
}

build_binaries() {
  local built=${CARGO_TARGET_DIR:-$root/target}/debug
  if [[ -z ${SIMULATOR_BINARY:-} ]]; then
    cargo build --quiet --manifest-path "$root/Cargo.toml" --locked --package azure-pipelines-simulator
    SIMULATOR_BINARY=$built/azure-pipelines-simulator
  fi
  if [[ -z ${ACTION_BINARY:-} ]]; then
    cargo build --quiet --manifest-path "$root/Cargo.toml" --locked --bin run-azure-pipeline
    ACTION_BINARY=$built/run-azure-pipeline
  fi
}
