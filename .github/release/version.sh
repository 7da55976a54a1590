#!/usr/bin/env bash
# Prints the version of the tree in a directory, after making sure that Cargo.toml, Cargo.lock and CHANGELOG.md agree on it
# and that it has no tag yet.
#
#   version.sh DIRECTORY
set -euo pipefail

directory=${1:?usage: version.sh DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)

# first_version FILE HEADING: the `version` that follows the line.
first_version() {
  awk -v heading="$2" '$0 == heading { found = 1 } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' "$1"
}

version=$(first_version "$directory/Cargo.toml" "[workspace.package]")
locked=$(first_version "$directory/Cargo.lock" 'name = "run-azure-pipeline"')
if [[ ! $version =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]]; then
  echo "version: Cargo.toml has '$version', expected X.Y.Z" >&2
  exit 1
fi
if [[ $locked != "$version" ]]; then
  echo "version: Cargo.lock has '$locked', but Cargo.toml '$version'; run cargo build" >&2
  exit 1
fi
"$here/notes.sh" "$directory/CHANGELOG.md" "$version" >/dev/null
if [[ -n $(git -C "$directory" tag --list "v$version") ]]; then
  echo "version: the tag v$version exists; give Cargo.toml and CHANGELOG.md the next version" >&2
  exit 1
fi
printf '%s\n' "$version"
