# shellcheck shell=bash
# Sourced: finds the processes that a script has left behind.

# end_processes_with VARIABLE=VALUE: ends every process that was started with this variable, and fails if there was one.
# A shell that has exported the variable itself was not started with it.
end_processes_with() {
  local file pid found=0
  for file in $(env --unset="${1%%=*}" grep -lsz "^$1\$" /proc/[0-9]*/environ); do
    pid=${file#/proc/}
    pid=${pid%/environ}
    if ((!found)); then
      echo "Still running at the end, ended now:"
    fi
    found=1
    ps -o pid=,args= -p "$pid" | cut -c 1-160
    kill -KILL "$pid" 2>/dev/null || true
  done
  return $found
}
