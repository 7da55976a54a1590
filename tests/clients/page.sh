#!/usr/bin/env bash
# The simulator's page in a real browser: headless Chromium shows the runs as they go, and nothing in a run's names
# becomes part of the page. A picture is left as .e2e/page.png.
#
# Needs cargo and python3; installs Debian's chromium if there is none. Leaves nothing running.
set -euo pipefail

# shellcheck source=tests/clients/install.sh
source "$(dirname "$0")/install.sh"
# shellcheck source=tests/clients/work.sh
source "$here/work.sh"

main() {
  if ! command -v chromium >/dev/null; then
    DEBIAN_FRONTEND=noninteractive as_root apt-get -qq update
    DEBIAN_FRONTEND=noninteractive as_root apt-get -qq install --yes --no-install-recommends chromium
  fi
  build_binaries
  "$SIMULATOR_BINARY" "$here/scenarios/page.toml" --listen 127.0.0.1:0 >"$work/greeting" &
  local pid=$!
  wait_for test -s "$work/greeting"
  local url token
  read -r url _ token <"$work/greeting"
  site=$(cut -d / -f 1-3 <<<"$url")

  queue "$url" "$token"
  wait_for page_shows 'class="state inProgress"'
  wait_for run_is_over
  page_shows '<a [^>]*href="/_simulator/logs/1/'
  # The pipeline's name is a script; a browser that ran it would have changed the title.
  page_shows '&lt;script&gt;document.title'
  page_shows '<title>[^<]*[Ss]imulat'
  browser --screenshot="$work/page.png" --window-size=1000,900 >/dev/null
  mkdir -p "$root/.e2e"
  cp "$work/page.png" "$root/.e2e/page.png"
  kill "$pid"
  wait "$pid"
  echo "page: a run is shown from its start to its end, links to its logs, and its names stay text"
}

queue() {
  python3 - "$1" "$2" <<'PYTHON'
import base64, json, sys, urllib.request

url, token = sys.argv[1:]
request = urllib.request.Request(
    f"{url}/_apis/build/builds?api-version=7.1",
    json.dumps({"definition": {"id": 1}}).encode(),
    {
        "Authorization": "Basic " + base64.b64encode(f":{token}".encode()).decode(),
        "Content-Type": "application/json",
    },
)
urllib.request.urlopen(request).read()
PYTHON
}

# page_shows PATTERN: in the page as the browser has built it.
page_shows() {
  browser --dump-dom >"$work/dom"
  grep -qE "$1" "$work/dom"
}

run_is_over() {
  page_shows 'class="state succeeded"' && ! grep -qE 'class="state (inProgress|pending)"' "$work/dom"
}

browser() {
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$work/profile" "$@" "$site/" 2>/dev/null
}

# wait_for COMMAND...: until it succeeds, a minute at most.
wait_for() {
  local end=$((SECONDS + 60))
  until "$@"; do
    if ((SECONDS > end)); then
      echo "waited in vain for: $*" >&2
      cat "$work/dom" >&2 || true
      return 1
    fi
    sleep 0.1
  done
}

main
