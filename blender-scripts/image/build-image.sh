#!/bin/sh
# Builds the image in which Kiln renders. With a registry in reach it is the Dockerfile beside this script; without one
# the same image is made from Debian's packages alone, by debootstrap and docker import.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
recipe=1
suite=trixie
tag=
official=
method=auto
mirror=

usage() {
    cat <<TEXT
Usage: build-image.sh [--tag NAME] [--blender FOLDER] [--method auto|docker|debootstrap] [--mirror URL]

  --tag NAME        name of the image (default kiln/blender:MAJOR.MINOR of the Blender in it)
  --blender FOLDER  put an official Blender build (the unpacked folder) into the image instead of Debian's package
  --method          auto (default): the Dockerfile when its base image can be had, else debootstrap
  --mirror URL      Debian mirror for debootstrap (default: the one that apt uses here)
TEXT
}

fail() {
    echo "$1" >&2
    exit "${2:-1}"
}

while [ $# -gt 0 ]; do
    case $1 in
        --tag) tag=${2:?--tag needs a name}; shift 2 ;;
        --blender) official=${2:?--blender needs a folder}; shift 2 ;;
        --method) method=${2:?--method needs a word}; shift 2 ;;
        --mirror) mirror=${2:?--mirror needs a URL}; shift 2 ;;
        -h|--help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
case $method in auto|docker|debootstrap) ;; *) usage >&2; exit 2 ;; esac

packages=$here/packages.txt
if [ -n "$official" ]; then
    named=$official
    official=$(cd "$named" 2>/dev/null && pwd) || fail "There is no folder $named: give the unpacked Blender build." 2
    [ -x "$official/blender" ] || fail "$official holds no program named blender: give the unpacked Blender build." 2
    packages=$here/packages-official.txt
fi

sh "$here/start-dockerd.sh" || exit $?

work=$(mktemp -d "${TMPDIR:-/tmp}/kiln-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The version decides the default name, so an official build is asked before anything is made.
version_of() { sed -n 's/^Blender \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1; }
if [ -z "$tag" ] && [ -n "$official" ]; then
    number=$("$official/blender" --version 2>/dev/null | version_of || true)
    [ -n "$number" ] || fail "$official/blender does not say its version here; name the image with --tag." 2
    tag=kiln/blender:$number
fi
: "${tag:=kiln/blender:4.3}"

base_image_in_reach() {
    docker image inspect "debian:$suite-slim" >/dev/null 2>&1 \
        || timeout 60 docker pull -q "debian:$suite-slim" >/dev/null 2>&1
}

with_dockerfile() {
    context=$work/context
    mkdir -p "$context"
    cp "$packages" "$context/packages.txt"
    cp "$here/Dockerfile" "$context/Dockerfile"
    if [ -n "$official" ]; then
        cp -a "$official" "$context/blender"
        # Before USER: the build is placed and linked by root.
        sed -i 's|^LABEL |COPY blender /opt/blender\nRUN ln -s /opt/blender/blender /usr/local/bin/blender\n\nLABEL |' "$context/Dockerfile"
    fi
    docker build -t "$tag" "$context"
}

apt_mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1
}

with_debootstrap() {
    [ "$(id -u)" = 0 ] || fail "No registry can be reached, and making the image from packages needs root: sudo $0" 3
    command -v debootstrap >/dev/null 2>&1 \
        || fail "No registry can be reached, and debootstrap is not installed: apt-get install -y debootstrap" 3
    [ -n "$mirror" ] || mirror=$(apt_mirror)
    root=$work/root
    echo "Making the image from Debian's packages (debootstrap, then docker import)."
    # shellcheck disable=SC2086  # an empty mirror means debootstrap's own
    debootstrap --variant=minbase "$suite" "$root" $mirror >"$work/debootstrap.log" 2>&1 \
        || { tail -n 15 "$work/debootstrap.log" >&2; fail "debootstrap failed."; }

    # No service may start while packages are set up; names must resolve as they do outside.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    list=$(grep -v '^#' "$packages" | tr '\n' ' ')
    # shellcheck disable=SC2086  # the list is words
    { chroot "$root" apt-get update \
      && DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends $list; } \
        >"$work/apt.log" 2>&1 || { tail -n 15 "$work/apt.log" >&2; fail "Installing the packages failed."; }
    chroot "$root" useradd --uid 10001 --user-group --home-dir /tmp --no-create-home --shell /usr/sbin/nologin kiln
    if [ -n "$official" ]; then
        mkdir -p "$root/opt"
        cp -a "$official" "$root/opt/blender"
        ln -s /opt/blender/blender "$root/usr/local/bin/blender"
    fi
    rm -f "$root/usr/sbin/policy-rc.d"
    : >"$root/etc/resolv.conf"
    find "$root/var/lib/apt/lists" "$root/var/cache/apt" "$root/var/log" -type f -delete
    # Device files are the container engine's business.
    tar -C "$root" --exclude=./dev/* --exclude=./proc/* --exclude=./sys/* -c . | docker import \
        --change 'LABEL studio.kiln.image=1' \
        --change "LABEL studio.kiln.recipe=$recipe" \
        --change 'ENV HOME=/tmp' --change 'ENV LANG=C.UTF-8' \
        --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        --change 'USER kiln' --change 'WORKDIR /tmp' \
        --change 'CMD ["blender", "--version"]' \
        - "$tag" >/dev/null
}

case $method in
    docker) with_dockerfile ;;
    debootstrap) with_debootstrap ;;
    auto) if base_image_in_reach; then with_dockerfile; else with_debootstrap; fi ;;
esac

# Believed only when the Blender in it answers under the locks that it will render under.
answer=$(docker run --rm --network none --read-only --cap-drop ALL --tmpfs /tmp "$tag" blender --version 2>&1) \
    || fail "The image was built, but its Blender does not start: $answer"
echo "$tag holds $(printf '%s\n' "$answer" | grep -m 1 '^Blender')."
