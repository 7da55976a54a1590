#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a version: the lines below `## VERSION` (a date may follow), up to the next such heading.
#
#   notes.sh CHANGELOG_MD VERSION
#
# Fails where it says nothing, or says it twice.
set -euo pipefail

changelog=${1:?usage: notes.sh CHANGELOG_MD VERSION}
version=${2:?usage: notes.sh CHANGELOG_MD VERSION}

count=$(awk -v version="$version" '$1 == "##" && $2 == version' "$changelog" | wc -l)
if ((count != 1)); then
  echo "notes: $changelog has $count headings '## $version', expected exactly one" >&2
  exit 1
fi
# The substitution takes empty lines off the end, sed those at the start.
notes=$(awk -v version="$version" '$1 == "##" { found = $2 == version; next } found' "$changelog" | sed '/./,$!d')
if [[ -z $notes ]]; then
  echo "notes: $changelog says nothing below '## $version'" >&2
  exit 1
fi
printf '%s\n' "$notes"
