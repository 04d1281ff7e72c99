#!/bin/sh
# Runs the tests of the Python that works in Blender, inside each Blender that Kiln supports here: the host's own and the
# one in the render image. Exits with 0 only when both were there and every test passed.
set -u

here=$(cd "$(dirname "$0")" && pwd)
engines=
allowed=
image=${KILN_IMAGE:-kiln/blender:4.3}
blender=${KILN_BLENDER:-blender}

usage() {
    cat <<TEXT
Usage: run-tests.sh [--engine standin|host|image]... [--allow-missing host|image]... [PATTERN]...

  --engine NAME         only that engine (default: all; standin is the stand-in Blender by itself)
  --allow-missing NAME  an engine that is not here is no failure
  PATTERN               only tests whose name contains it
The host's Blender is \$KILN_BLENDER or blender on the PATH; the image is \$KILN_IMAGE or $image.
TEXT
}

while [ $# -gt 0 ]; do
    case $1 in
        --engine) engines="$engines ${2:?--engine needs a name}"; shift 2 ;;
        --allow-missing) allowed="$allowed ${2:?--allow-missing needs a name}"; shift 2 ;;
        -h|--help) usage; exit 0 ;;
        -*) usage >&2; exit 2 ;;
        *) break ;;
    esac
done
[ -n "$engines" ] || engines="standin host image"
failed=0

missing() {
    case " $allowed " in
        *" $1 "*) echo "$1: $2 (allowed)" ;;
        *) echo "$1: $2" >&2; failed=1 ;;
    esac
}

run_host() {
    if ! command -v "$blender" >/dev/null 2>&1; then
        missing host "there is no Blender on this machine. Install it: apt-get install -y blender"
        return
    fi
    "$blender" -b --factory-startup -noaudio --python-exit-code 9 -P "$here/tests/run_inside.py" -- "$@" </dev/null
}

run_image() {
    if ! docker image inspect "$image" >/dev/null 2>&1; then
        missing image "there is no image $image. Build it: $here/image/build-image.sh"
        return
    fi
    docker run --rm --network none --cap-drop ALL --security-opt no-new-privileges --read-only --init --tmpfs /tmp:exec \
        -v "$here:/kiln:ro" "$image" \
        blender -b --factory-startup -noaudio --python-exit-code 9 -P /kiln/tests/run_inside.py -- "$@" </dev/null
}

run_standin() {
    (cd "$here" && PYTHONDONTWRITEBYTECODE=1 python3 -m unittest -v tests/test_standin.py) </dev/null
}

for engine in $engines; do
    log=$(mktemp)
    echo "== $engine"
    case $engine in
        host|image|standin) run_"$engine" "$@" >"$log" 2>&1 || failed=1 ;;
        *) usage >&2; exit 2 ;;
    esac
    # Blender's own chatter is of interest only when something failed.
    grep -E '^(test_|Ran |FAILED|OK|FAIL:|ERROR:|Traceback|  File|[A-Za-z]*Error|AssertionError|host:|image:|Blender [0-9])| \.\.\. ' "$log" || true
    if [ -n "${KILN_TEST_LOG:-}" ]; then cp "$log" "$KILN_TEST_LOG.$engine"; fi
    rm -f "$log"
done
[ "$failed" = 0 ] || { echo "The tests in Blender did not all pass." >&2; exit 1; }
