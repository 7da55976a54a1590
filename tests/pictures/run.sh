#!/usr/bin/env bash
# What people see on GitHub, as pictures: the demo's log and summary, which README.md shows, into docs/images; with
# arguments, those summaries instead, into .e2e/pictures.
#
#   tests/pictures/run.sh
#   tests/pictures/run.sh tests/scenarios/large/summary.snap tests/scenarios/hostile-log/summary.snap
#
# Needs cargo; installs Debian's chromium and nodejs where there are none, and Markdown, Mermaid and GitHub's style sheet
# from npm into .e2e, which git ignores.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=$root/.e2e/pictures-node
work=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-pictures.XXXXXX")
trap 'rm -rf "$work"' EXIT

main() {
  install_what_is_missing
  if (($#)); then
    local file name
    for file in "$@"; do
      name=$(basename "$(dirname "$(realpath "$file")")")
      picture summary "$file" "$root/.e2e/pictures/$name.png"
    done
    return
  fi
  cargo run --quiet --locked --manifest-path "$root/Cargo.toml" --example demo >"$work/demo.log"
  # From the first line to where the second attempt begins; what is the demo's own comes after an empty line.
  sed '/^$/,$d; /^Run .* goes on with/,$d' "$work/demo.log" >"$work/log.txt"
  picture log "$work/log.txt" "$root/docs/images/log.png"
  picture summary "$(sed -n 's/^Job summary: //p' "$work/demo.log")" "$root/docs/images/summary.png"
}

# picture log|summary FILE PICTURE
picture() {
  mkdir -p "$(dirname "$3")"
  node "$cache/page.mjs" "$1" "$2" >"$work/page.html"
  local title height
  title=$(browser --dump-dom | sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p' | head -n 1)
  height=${title#height }
  if ! [[ $height =~ ^[0-9]+$ ]]; then
    echo "$2 cannot be drawn: ${title:-nothing came}" >&2
    return 1
  fi
  browser --screenshot="$3" --window-size="1000,$height" --hide-scrollbars
  echo "${3#"$root"/}: 1000 × $height"
}

browser() {
  timeout 120 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$work/profile" --virtual-time-budget=20000 \
    --window-size=1000,1000 "$@" "file://$work/page.html" 2>"$work/browser.txt"
}

install_what_is_missing() {
  local packages=()
  command -v chromium >/dev/null || packages+=(chromium fonts-dejavu-core fonts-noto-color-emoji)
  command -v npm >/dev/null || packages+=(nodejs npm)
  if ((${#packages[@]})); then
    DEBIAN_FRONTEND=noninteractive as_root apt-get -qq update
    DEBIAN_FRONTEND=noninteractive as_root apt-get -qq install --yes --no-install-recommends "${packages[@]}"
  fi
  if ! cmp -s "$here/package-lock.json" "$cache/package-lock.json"; then
    rm -rf "$cache"
    mkdir -p "$cache"
    cp "$here/package.json" "$cache/"
    # The lock file is copied last: it says that the rest is complete.
    cp "$here/package-lock.json" "$cache/npm-shrinkwrap.json"
    npm ci --prefix "$cache" --ignore-scripts --no-audit --no-fund --silent
    cp "$here/package-lock.json" "$cache/"
  fi
  # Beside its modules, where it finds them.
  cp "$here/page.mjs" "$cache/"
}

as_root() {
  if [[ $EUID == 0 ]]; then "$@"; else sudo --preserve-env=DEBIAN_FRONTEND "$@"; fi
}

main "$@"
