#!/usr/bin/env bash
# The action's image in networks as companies have them, made of real components: Debian's nginx and tinyproxy, openssl's
# certificates, the engine's DNS.
#
#   network.sh authority  TLS by an authority of its own; TLS 1.2 alone and TLS 1.3 alone; no HTTP but 1.1
#   network.sh proxy      a proxy that wants a password, its refusals, and hosts that are reached without it
#   network.sh names      names by the engine's DNS and by /etc/hosts, and one that does not exist
#   network.sh ipv6       addresses of the sixth version, and a name of which only the fourth version's address answers
#
# Needs the images that run.sh builds, an engine, and for `ipv6` the binaries in ACTION_BINARY and SIMULATOR_BINARY.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/step.sh
source "$here/step.sh"
# shellcheck source=tests/e2e/certificates.sh
source "$here/certificates.sh"

variant=${1:?usage: network.sh VARIANT}
name=run-azure-pipeline-network-$$
action_image=run-azure-pipeline:local
job_image=run-azure-pipeline-e2e-job:local
simulator_image=run-azure-pipeline-e2e-simulator:local

temp=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-network.XXXXXX")
# What the next step runs in: arguments of `docker run`.
place=()
simulator_pid=
unreached="Azure DevOps could not be reached at"
# Of the first request; what was asked for stands in parentheses.
because=" (GET /fabrikam/Fabrikam/_apis/build/definitions): "

main() {
  trap clean_up EXIT
  case $variant in
    authority | proxy | names | ipv6) "$variant" ;;
    *)
      echo "no such variant: $variant" >&2
      exit 2
      ;;
  esac
  echo "-- everything held"
}

authority() {
  network inside
  simulated_azure inside
  tls_server inside
  place=(--network "$name-inside")
  local azure=INPUT_AZURE-DEVOPS-PROJECT-URL=https://azure.test

  step_succeeds "the certificate as text" "$azure/fabrikam/Fabrikam" "INPUT_CA-CERTIFICATE=$(<"$temp/ca.pem")"
  mkdir -p "$temp/workspace/certificates"
  cp "$temp/ca.pem" "$temp/workspace/certificates/"
  step_succeeds "a path in the workspace; TLS 1.3" "$azure:8443/fabrikam/Fabrikam" \
    INPUT_CA-CERTIFICATE=certificates/ca.pem
  step_fails "without it" \
    "$unreached azure.test${because}its certificate is by an authority that is not trusted; if that is your company's own, give its certificate as \`ca-certificate\`" \
    "$azure/fabrikam/Fabrikam"
  step_fails "another's certificate" "$unreached azure.test${because}its certificate is by an authority that is not trusted" \
    "$azure/fabrikam/Fabrikam" "INPUT_CA-CERTIFICATE=$(<"$temp/another.pem")"
  step_fails "another name" \
    "$unreached other.test${because}its certificate is for another name (" \
    INPUT_AZURE-DEVOPS-PROJECT-URL=https://other.test/fabrikam/Fabrikam "INPUT_CA-CERTIFICATE=$(<"$temp/ca.pem")"

  echo "-- what the server has seen"
  docker logs "$name-tls" >"$temp/tls.log" 2>/dev/null
  cut -d ' ' -f 1-3 "$temp/tls.log" | sort | uniq -c
  [[ $(cut -d ' ' -f 1-3 "$temp/tls.log" | sort -u) == $'443 TLSv1.2 HTTP/1.1\n8443 TLSv1.3 HTTP/1.1' ]]
}

proxy() {
  network inside
  network outside
  simulated_azure inside
  tls_server inside
  # It stands in both networks: from the other one nothing but it can be reached, and only it knows the names.
  mkdir "$temp/proxy"
  cat >"$temp/proxy/tinyproxy.conf" <<'CONF'
Port 3128
Timeout 60
LogLevel Info
BasicAuth robot s3cret-word
ConnectPort 443
CONF
  debian_program proxy --network "$name-outside" --network-alias proxy -v "$temp/proxy:/proxy:ro" \
    -- /usr/bin/tinyproxy -d -c /proxy/tinyproxy.conf
  docker network connect --alias proxy "$name-inside" "$name-proxy"
  docker network connect "$name-outside" "$name-probe"
  listens proxy 3128

  # As it is written, as it is meant, and as it is sent.
  local forms=('s3cr%65t-word' 's3cret-word' "$(printf robot:s3cret-word | base64)")
  local way='http://robot:s3cr%65t-word@proxy:3128' wrong='http://robot:another-word@proxy:3128'
  local azure=INPUT_AZURE-DEVOPS-PROJECT-URL=https://azure.test/fabrikam/Fabrikam
  local plain=INPUT_AZURE-DEVOPS-PROJECT-URL=http://simulator:8080/fabrikam/Fabrikam
  local trusted
  trusted="INPUT_CA-CERTIFICATE=$(<"$temp/ca.pem")"
  place=(--network "$name-outside")

  step_fails "a port that the proxy does not connect to (403)" \
    "$unreached azure.test:8443${because}the proxy proxy:3128 did not make the connection; check the user name and password for it in \`HTTPS_PROXY\`, have the host allowed there, or name it in \`NO_PROXY\` if it can be reached without a proxy" \
    "${azure/azure.test/azure.test:8443}" "$trusted" "HTTPS_PROXY=$way"
  no_form_is_shown
  step_succeeds "https" "$azure" "$trusted" "HTTPS_PROXY=$way"
  no_form_is_shown
  proxy_has 'CONNECT azure.test:443 HTTP/1.1'
  docker logs "$name-tls" >"$temp/tls.log" 2>/dev/null
  grep -m 1 'POST /fabrikam/' "$temp/tls.log"
  step_succeeds "http" "$plain" "HTTP_PROXY=$way"
  no_form_is_shown
  proxy_has 'GET http://simulator:8080/fabrikam/Fabrikam/_apis/'
  proxy_has 'POST http://simulator:8080/fabrikam/Fabrikam/_apis/'

  local login="the proxy proxy:3128 wants another user name and password (407)"
  step_fails "https without a password" "$unreached azure.test$because$login" \
    "$azure" "$trusted" HTTPS_PROXY=http://proxy:3128
  step_fails "http without a password" "$unreached simulator:8080$because$login" "$plain" HTTP_PROXY=http://proxy:3128
  # tinyproxy answers 401 then, as if it were the host.
  step_fails "https with a wrong password" "check the user name and password for it in \`HTTPS_PROXY\`" "$azure" "$trusted" "HTTPS_PROXY=$wrong"
  step_fails "http with a wrong password" \
    "the answer may also be that of the proxy proxy:3128: check the user name and password for it in \`HTTP_PROXY\`" "$plain" "HTTP_PROXY=$wrong"
  has_not another-word < <(without_masks "$temp/log")
  # Where both can be reached, the list decides.
  local before
  before=$(proxy_requests)
  place=(--network "$name-inside")
  step_succeeds "https, named in NO_PROXY" "$azure" "$trusted" "HTTPS_PROXY=$way" NO_PROXY=localhost,.test
  step_succeeds "http, named in NO_PROXY" "$plain" "HTTP_PROXY=$way" NO_PROXY=simulator:8080
  no_form_is_shown
  [[ $(proxy_requests) == "$before" ]]
  step_succeeds "https, another host named in NO_PROXY" "$azure" "$trusted" "HTTPS_PROXY=$way" NO_PROXY=example.com
  [[ $(proxy_requests) -gt $before ]]

  # What is meant for the proxy is for the proxy alone.
  simulator journal >"$temp/journal"
  local form
  for form in "${forms[@]}" proxy-authorization; do
    has_not "$form" <"$temp/journal"
  done
}

names() {
  network inside
  simulated_azure inside
  place=(--network "$name-inside")
  step_succeeds "by the engine's DNS"
  local address
  address=$(address_of simulator IPAddress)
  place=(--network "$name-inside" --add-host "by-hosts.test:$address")
  step_succeeds "by /etc/hosts" INPUT_AZURE-DEVOPS-PROJECT-URL=http://by-hosts.test:8080/fabrikam/Fabrikam
  # Without these options an answer of the engine, which may find no other server to ask, takes 10 s.
  place=(--network "$name-inside" --dns-option timeout:1 --dns-option attempts:1)
  step_fails "a name that does not exist" "$unreached no-such-host.invalid${because}its name could not be resolved (" \
    INPUT_AZURE-DEVOPS-PROJECT-URL=https://no-such-host.invalid/fabrikam/Fabrikam
  says "; check \`azure-devops-project-url\`, the network and its DNS server"
}

# 2001:db8::/32 is for documentation. Addresses of one's own (fd00::/8) would be tried after those of the fourth version.
ipv6() {
  echo "-- [::1], without a container"
  "${SIMULATOR_BINARY:?}" "$here/scenario.toml" --listen '[::1]:0' >"$temp/simulator.log" &
  simulator_pid=$!
  local try project=
  for ((try = 0; try < 100 && ${#project} == 0; try++)); do
    sleep 0.1
    project=$(sed -n 's/ token .*//p' "$temp/simulator.log")
  done
  [[ $project == 'http://[::1]:'* ]]
  step_in "$temp" green
  local variable status=0 local_variables=()
  for variable in "${variables[@]}"; do
    local_variables+=("${variable//\/github\/file_commands/$temp/_runner_file_commands}")
  done
  env "${local_variables[@]}" "INPUT_AZURE-DEVOPS-PROJECT-URL=$project" "GITHUB_EVENT_PATH=$here/events/push.json" \
    "GITHUB_WORKSPACE=$temp/workspace" "${ACTION_BINARY:?}" </dev/null >"$temp/log" 2>&1 || status=$?
  without_masks "$temp/log"
  ((status == 0))

  network inside --ipv6 --subnet 2001:db8:7::/64
  simulated_azure inside
  local old new dead=2001:db8:7::dead before requests
  old=$(address_of simulator IPAddress)
  new=$(address_of simulator GlobalIPv6Address)
  # The next steps share this container's network. To the dead address belongs a machine that is not there: what is sent to
  # it is lost without a word.
  debian_program place --network "$name-inside" --cap-add NET_ADMIN \
    --add-host "alive.test:$old" --add-host "both.test:$dead" --add-host "both.test:$old" -- /usr/bin/sleep infinity
  docker exec "$name-place" /usr/bin/ip -6 neighbour add "$dead" lladdr 02:00:00:00:de:ad nud permanent dev eth0
  place=(--network "container:$name-place")

  step_succeeds "by address" "INPUT_AZURE-DEVOPS-PROJECT-URL=http://[$new]:8080/fabrikam/Fabrikam"
  before=$(connections)
  step_succeeds "one address that answers" INPUT_AZURE-DEVOPS-PROJECT-URL=http://alive.test:8080/fabrikam/Fabrikam
  requests=$(($(connections) - before))
  before=$(connections)
  step_succeeds "another one that does not" INPUT_AZURE-DEVOPS-PROJECT-URL=http://both.test:8080/fabrikam/Fabrikam
  echo "-- connections tried: $requests, with the dead address $(($(connections) - before))"
  (($(connections) - before > requests))
}

# network NAME OPTION...
network() {
  docker network create "${@:2}" "$name-$1" >/dev/null
}

# simulated_azure NETWORK: as `simulator`, with a container beside it that asks what the script wants to know.
simulated_azure() {
  docker run --detach --name "$name-simulator" --network "$name-$1" --network-alias simulator \
    --entrypoint /azure-pipelines-simulator $simulator_image /scenario.toml --listen '[::]:8080' >/dev/null
  docker run --detach --name "$name-probe" --network "$name-$1" $job_image tail -f /dev/null >/dev/null
  listens simulator 8080
}

# debian_program NAME DOCKER_ARGUMENT... -- COMMAND...: a program of this machine in a container, which sees the machine's
# programs and libraries and nothing else of it.
debian_program() {
  local program=$1 options=()
  shift
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  [[ ! -d /lib64 ]] || options+=(-v /lib64:/lib64:ro)
  docker run --detach --name "$name-$program" -v /usr:/usr:ro -v /lib:/lib:ro "${options[@]}" $job_image "$@" >/dev/null
}

# tls_server NETWORK: nginx before the simulator as `azure.test` and `other.test`, with a certificate for the first.
tls_server() {
  mkdir "$temp/tls"
  certificates
  cp "$here/nginx.conf" "$temp/tls/"
  # Nobody in particular: nginx would look up in files that are not there whom to become instead of root.
  debian_program tls --network "$name-$1" --network-alias azure.test --network-alias other.test --user 65534:65534 \
    -v "$temp/tls:/tls:ro" -- /usr/sbin/nginx -e /dev/stderr -c /tls/nginx.conf
  listens azure.test 443
}

# An authority's certificate in ca.pem, the server's by it in tls/, and another authority's in another.pem.
certificates() {
  make_authority "$temp/ca"
  make_authority "$temp/another"
  make_certificate "$temp/ca" azure.test "$temp/tls"
  chmod 755 "$temp"
}

# step_succeeds WHAT VARIABLE=VALUE...
step_succeeds() {
  run_step "$@"
  ((status == 0))
  says 'compiling there, too'
}

# step_fails WHAT SENTENCE VARIABLE=VALUE...: because there was no way to the service.
step_fails() {
  run_step "$1" "${@:3}"
  ((status == 3))
  says "::error" && says "$2"
}

# run_step WHAT VARIABLE=VALUE...: in `place`; afterwards the log is in `temp`, and `status` what it ended with.
run_step() {
  local start=${EPOCHREALTIME/[.,]/}
  step_in "$temp" green "${@:2}"
  status=0
  env "${variables[@]}" docker run "${place[@]}" "${arguments[@]}" $action_image </dev/null >"$temp/log" 2>&1 || status=$?
  echo "-- $1: ended with $status after $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) ms"
  without_masks "$temp/log"
}

says() {
  grep -qF -- "$1" "$temp/log"
}

# The password is masked before anything else is said, in all of its forms, and nobody sees it.
no_form_is_shown() {
  local form
  [[ $(head -n 1 "$temp/log") == ::add-mask::* ]]
  for form in "${forms[@]}"; do
    # The value of a command is encoded.
    grep -qF -- "::add-mask::${form//%/%25}" "$temp/log"
    has_not "$form" < <(without_masks "$temp/log")
  done
}

# has_not TEXT: what is read, in whatever case. (`!` before a command would not end the script.)
has_not() {
  if grep -iF -- "$1"; then
    echo "this must not be there" >&2
    return 1
  fi
}

# (A reader that leaves early would end the writer of its pipe, and the script.)
proxy_has() {
  docker logs "$name-proxy" >"$temp/proxy.log" 2>&1
  grep -m 1 -F "): $1" "$temp/proxy.log"
}

proxy_requests() {
  docker logs "$name-proxy" 2>&1 | grep -c 'Request (file descriptor'
}

# How many connections were tried from the place of the steps.
connections() {
  docker exec "$name-place" awk '/^Tcp:/ { if (!name) for (i = 1; i <= NF; i++) if ($i == "ActiveOpens") name = i; count = $name } END { print count }' /proc/net/snmp
}

# address_of CONTAINER FIELD
address_of() {
  docker inspect --format "{{range .NetworkSettings.Networks}}{{.$2}}{{end}}" "$name-$1"
}

# listens HOST PORT: waits for it, at most 30 s.
listens() {
  # shellcheck disable=SC2016 # the container's shell expands these
  docker exec "$name-probe" timeout 30 sh -c 'until nc -w 1 "$0" "$1" </dev/null >/dev/null 2>&1; do sleep 0.1; done' "$@"
}

simulator() {
  docker exec "$name-probe" wget -qO- "http://simulator:8080/_simulator/$1"
}

clean_up() {
  local status=$?
  set +e
  if ((status)); then
    echo "-- what the components said"
    docker logs --tail 20 "$name-tls" 2>&1
    docker logs --tail 20 "$name-proxy" 2>&1
  fi
  docker rm --force "$name-simulator" "$name-probe" "$name-tls" "$name-proxy" "$name-place" >/dev/null 2>&1
  [[ -z $simulator_pid ]] || kill -TERM "$simulator_pid" 2>/dev/null
  wait
  docker network rm "$name-inside" "$name-outside" >/dev/null 2>&1
  rm -rf "$temp"
  exit "$status"
}

main
