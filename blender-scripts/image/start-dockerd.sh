#!/bin/sh
# Makes sure that a Docker engine answers: says so when one does, starts dockerd in the background when this is root
# and none answers (machines without systemd), and otherwise says what to do. Exit 0 only when the engine answers.
set -eu

if docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
    echo "A Docker engine answers."
    exit 0
fi
if ! command -v dockerd >/dev/null 2>&1; then
    echo "No Docker engine answers and dockerd is not installed. Install it: apt-get install -y docker.io" >&2
    exit 3
fi
if [ "$(id -u)" != 0 ]; then
    echo "No Docker engine answers and only root can start one. Start it: sudo dockerd, or sudo systemctl start docker" >&2
    exit 3
fi

# After a power cut these name processes of before; another may have such a number now, and dockerd would not start.
forget_stale() {
    [ -f "$1" ] || return 0
    # A process that ended but was not waited for has no program any more.
    program=$(readlink "/proc/$(cat "$1")/exe" 2>/dev/null) || program=
    [ "${program##*/}" = "$2" ] || rm -f "$1"
}
forget_stale /var/run/docker.pid dockerd
forget_stale /var/run/docker/containerd/containerd.pid containerd

log=${KILN_DOCKERD_LOG:-/var/log/kiln-dockerd.log}
echo "Starting dockerd in the background (log: $log)."
setsid nohup dockerd >"$log" 2>&1 </dev/null &
pid=$!

tries=0
until docker version --format '{{.Server.Version}}' >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ] || ! kill -0 "$pid" 2>/dev/null; then
        echo "dockerd did not come up. The end of its log:" >&2
        tail -n 5 "$log" >&2
        exit 3
    fi
    sleep 0.5
done
echo "A Docker engine answers (dockerd, pid $pid)."
