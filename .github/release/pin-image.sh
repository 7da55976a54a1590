#!/usr/bin/env bash
# Turns the tree's action.yml into the released one: `image: Dockerfile` becomes the given image.
#
#   pin-image.sh ACTION_YML IMAGE > RELEASED_ACTION_YML
#
# Fails unless exactly one line changes, so that a release never differs from the tested tree in anything else.
set -euo pipefail

action_yml=${1:?usage: pin-image.sh ACTION_YML IMAGE}
image=${2:?usage: pin-image.sh ACTION_YML IMAGE}

if [[ ! $image =~ ^docker://[A-Za-z0-9./:@_-]+$ ]]; then
  echo "pin-image: '$image' is not of the form docker://NAME[:TAG|@DIGEST]" >&2
  exit 2
fi

count=$(grep -cE '^  image: Dockerfile$' "$action_yml" || true)
if [[ $count != 1 ]]; then
  echo "pin-image: $action_yml has $count lines 'image: Dockerfile' under 'runs:', expected exactly one" >&2
  exit 1
fi

sed -E "s|^  image: Dockerfile\$|  image: $image|" "$action_yml"
