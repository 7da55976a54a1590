#!/usr/bin/env bash
# Makes the commit of a release, which is not on main: the tree of HEAD, but that `action.yml` names the image. Tags it
# `vX.Y.Z` and `vX`. Pushes nothing.
#
#   commit.sh DIRECTORY X.Y.Z NAME@sha256:DIGEST
set -euo pipefail

directory=${1:?usage: commit.sh DIRECTORY X.Y.Z NAME@sha256:DIGEST}
version=${2:?usage: commit.sh DIRECTORY X.Y.Z NAME@sha256:DIGEST}
image=${3:?usage: commit.sh DIRECTORY X.Y.Z NAME@sha256:DIGEST}
here=$(cd "$(dirname "$0")" && pwd)

if [[ ! $image =~ @sha256:[0-9a-f]{64}$ ]]; then
  echo "commit: '$image' is not of the form NAME@sha256:DIGEST" >&2
  exit 2
fi

cd "$directory"
if [[ -n $(git status --porcelain) ]]; then
  echo "commit: the work tree has changes" >&2
  exit 1
fi
export GIT_AUTHOR_NAME=release GIT_AUTHOR_EMAIL=release@users.noreply.github.com
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
git checkout --quiet --detach
pinned=$("$here/pin-image.sh" action.yml "docker://$image")
printf '%s\n' "$pinned" >action.yml
git commit --quiet --message "v$version" action.yml
git tag "v$version"
git tag --force "v${version%%.*}" >/dev/null
