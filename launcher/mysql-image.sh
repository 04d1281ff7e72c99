#!/bin/sh
# Makes the image kiln/mysql:9, a MySQL 9 of Debian's packages and nothing else, for `kiln services up --mysql`. No stable
# suite of Debian has MySQL, and no image registry is needed: debootstrap, then docker import.
set -eu

tag=kiln/mysql:9
[ -z "$(docker images -q "$tag")" ] || exit 0
[ "$(id -u)" = 0 ] || {
    echo "Making the image $tag from packages needs root: sudo $0" >&2
    exit 3
}
command -v debootstrap >/dev/null 2>&1 || {
    echo "Making the image $tag needs debootstrap: apt-get install -y debootstrap" >&2
    exit 3
}

work=$(mktemp -d "${TMPDIR:-/tmp}/kiln-mysql.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)
# shellcheck disable=SC2086  # an empty mirror means debootstrap's own
debootstrap --variant=minbase --include=mysql-server-core,mysql-client-core sid "$work/root" $mirror >"$work/log" 2>&1 || {
    tail -n 15 "$work/log" >&2
    echo "debootstrap failed." >&2
    exit 1
}
# Device files are the container engine's business.
tar -C "$work/root" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' --exclude='./var/cache/apt/*' \
    --exclude='./var/lib/apt/lists/*' -c . | docker import --change 'ENV LANG=C.UTF-8' - "$tag" >/dev/null
# Believed only when it answers under the locks that it will run under.
docker run --rm --network none --read-only --cap-drop ALL --tmpfs /tmp "$tag" mysqld --version
