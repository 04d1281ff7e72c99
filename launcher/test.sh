# ./kiln test: installs what the tests need, builds once, runs tier after tier, and counts.
# shellcheck shell=sh disable=SC2154 # $work and $jdk come from the launcher

all_tiers='unit contract ui blender e2e studio faults'
tags='contract ui blender e2e studio fault'

test_usage() {
    cat <<'TEXT'
Usage: kiln test [--only TIER[,TIER...]] [--long] [--allow-missing NAME]...

Installs what the tests need, builds, runs every tier and prints how many tests each one ran.
It fails when a test failed or was skipped, and when a tier ran none.

  --only TIER           only these tiers: unit, contract, ui, blender, e2e, studio, faults
  --long                also the tests that take long (tagged "long")
  --allow-missing NAME  go without NAME (blender, docker, display, or a tier): its tests are left out

The tiers, by JUnit tag:
  unit      untagged tests, and those of the launcher   contract  every implementation of a port
  ui        the studio, without a display               blender   inside Blender, and with a real one
  e2e       whole commands                              faults    what goes wrong: kills, crashes, full disks
  studio    those of e2e again, against a studio with all of its services, two servers and two nodes
TEXT
}

run_test() {
    only=
    long=,long
    allowed=' '
    while [ $# -gt 0 ]; do
        case $1 in
            --only) only="$only ${2:?--only needs the name of a tier}"; shift 2 ;;
            --only=*) only="$only ${1#*=}"; shift ;;
            --long) long=; shift ;;
            --allow-missing) allowed="$allowed${2:?--allow-missing needs a name} "; shift 2 ;;
            --allow-missing=*) allowed="$allowed${1#*=} "; shift ;;
            -h | --help) test_usage; return 0 ;;
            *) test_usage >&2; return 2 ;;
        esac
    done
    only=$(printf '%s' "$only" | tr ',' ' ')
    for tier in $only; do
        case " $all_tiers " in *" $tier "*) ;; *) say "there is no tier named $tier; there are: $all_tiers"; return 2 ;; esac
    done
    tiers=${only:-$all_tiers}

    reports=$work/test
    # What a run that was killed has left running.
    KILN_TEST_SERVICES=$reports/services
    stop_services
    rm -rf "$reports"
    mkdir -p "$reports/home"
    # Tests get a data folder of their own, never the person's.
    KILN_HOME=$reports/home
    # Engines prove what they can do once for the whole run, not once for each data folder of a test.
    KILN_PROOFS=$reports/proofs
    # The services of studio mode are started by the first test that asks for one, and stopped after the last tier.
    export KILN_HOME KILN_PROOFS KILN_TEST_SERVICES

    need_build_tools
    mysql_wanted=
    for tier in $tiers; do need_for_tier "$tier"; done
    # Unpacking packages mostly waits, so the build goes on beside it.
    [ -z "$mysql_wanted" ] || need_mysql_image &
    mysql_image=$!
    build_kiln
    compile_tests || return 1
    wait "$mysql_image" || true

    table=
    passed=0
    failed=0
    skipped=0
    problems=
    [ -n "$only" ] || check_sources
    trap stop_services EXIT
    for tier in $tiers; do run_tier "$tier"; done
    stop_services

    printf '\n'
    [ -z "$problems" ] || printf '%s\n\n' "${problems#?}"
    printf '%-10s %7s %7s %8s %8s\n%s' tier tests failed skipped seconds "$table"
    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ] && [ "$skipped" = 0 ]
}

stop_services() {
    trap - EXIT
    [ ! -d "$KILN_TEST_SERVICES" ] || KILN_SERVICES=$KILN_TEST_SERVICES "$KILN_ROOT/kiln" services down || true
}

is_allowed() { case $allowed in *" $1 "*) true ;; *) false ;; esac; }

# Installs what the tests of a tier use. What is missing in spite of it makes them fail, and they say why.
need_for_tier() {
    case $1 in
        ui) is_allowed display || { need javafx-libs && need xvfb; } || true ;;
        contract | blender | e2e | studio | faults)
            is_allowed blender || { need blender && need egl && need bubblewrap; } || true
            is_allowed docker || need_render_image || true
            case $1 in blender) ;; *) need_services ;; esac
            [ "$1" != contract ] || is_allowed docker || mysql_wanted=yes
            ;;
    esac
}

# A container engine that answers, with the render image in it.
need_render_image() {
    [ -z "${render_image_asked:-}" ] || return 0
    render_image_asked=yes
    need_docker || return 1
    [ -n "$(docker images -q kiln/blender:4.3 2>/dev/null)" ] && return 0
    need debootstrap || true
    say 'building the render image kiln/blender:4.3, which takes a minute or two'
    if ! sh "$KILN_ROOT/blender-scripts/image/build-image.sh" >"$work/image.log" 2>&1; then
        say 'the render image could not be built:'
        tail -n 15 "$work/image.log" >&2
        return 1
    fi
}

compile_tests() {
    say 'compiling the tests'
    if ! maven -q test-compile -Denforcer.skip -Dmdep.skip -Dspotless.check.skip >"$reports/compile.log" 2>&1; then
        say 'the tests do not compile:'
        show_failure "$reports/compile.log"
        return 1
    fi
}

# Enforcer and Spotless: versions that agree, sources in the project's format.
check_sources() {
    maven -q validate spotless:check >"$reports/checks.log" 2>&1 && return 0
    failed=$((failed + 1))
    problems="$problems
failed checks: ./kiln format mends what is about format
$(show_failure "$reports/checks.log" 2>&1 | cut -c1-300 | head -n 25 | sed 's/^/    /')"
}

# The JUnit tag expression of a tier, and the tags that it leaves to other tiers.
tier_tag() {
    case $1 in
        unit) ;;
        faults) echo fault ;;
        studio) echo 'e2e|studio' ;;
        *) echo "$1" ;;
    esac
}

# A test with two tags belongs to the later tier.
tier_excludes() {
    tag=$(tier_tag "$1")
    later=$([ -n "$tag" ] || echo yes)
    list=
    case $1 in
        studio)
            tag=studio
            # What says nothing new in studio mode.
            list=,embedded
            ;;
    esac
    for other in $tags; do
        [ -z "$later" ] || list="$list,$other"
        [ "$other" != "$tag" ] || later=yes
    done
    for name in $allowed; do list="$list,needs-$name"; done
    list=$list$long
    echo "${list#,}"
}

# Test processes at the same time: tests that mostly wait do so beside each other.
tier_forks() {
    case $1 in
        unit | contract | e2e | faults) echo 2 ;;
        *) echo 1 ;;
    esac
}

run_tier() {
    log=$reports/$1.log
    summary=$reports/$1.summary
    begun=$(date +%s)
    say "$1: running"
    if is_allowed "$1"; then
        printf 'total 0 0 0\n' >"$summary"
    else
        run_java_tier "$1"
        case $1 in
            unit) run_script_tests "$1-launcher" sh "$KILN_ROOT/launcher/tests/run.sh" ;;
            blender) is_allowed blender || run_blender_scripts "$1-scripts" ;;
        esac
    fi
    seconds=$(($(date +%s) - begun))

    # shellcheck disable=SC2046 # three numbers
    set -- "$1" $(awk '$1 == "total" { run += $2; failed += $3; skipped += $4 } END { print run + 0, failed + 0, skipped + 0 }' "$summary")
    details=$(grep -v '^total ' "$summary" || true)
    if [ "$2" = 0 ] && ! may_be_empty "$1"; then
        set -- "$1" 0 $(($3 + 1)) 0
        details="$details
failed $1: this tier ran no test"
    fi
    passed=$((passed + $2 - $3 - $4))
    [ "$2" -ge $(($3 + $4)) ] || passed=$((passed + $3 + $4 - $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
    [ -z "$details" ] || problems="$problems
$details"
    table="$table$(printf '%-10s %7d %7d %8d %8d' "$1" "$2" "$3" "$4" "$seconds")
"
    say "$1: $2 tests, $3 failed, $4 skipped, $seconds s"
}

may_be_empty() {
    is_allowed "$1" || case $1 in blender | e2e | studio | faults) is_allowed blender ;; *) false ;; esac
}

run_java_tier() {
    ended=0
    rm -rf "$KILN_ROOT"/*/target/test-reports/"$1"
    KILN_TEST_MODE=embedded
    [ "$1" != studio ] || KILN_TEST_MODE=studio
    export KILN_TEST_MODE
    maven test -Dspotless.check.skip -Denforcer.skip -Dmdep.skip -Dmaven.test.failure.ignore=true \
        "-Dkiln.test.groups=$(tier_tag "$1")" "-Dkiln.test.excludedGroups=$(tier_excludes "$1")" \
        "-Dkiln.test.forks=$(tier_forks "$1")" "-Dkiln.test.reports=target/test-reports/$1" >"$log" 2>&1 || ended=$?
    find "$KILN_ROOT"/*/target/test-reports/"$1" -name 'TEST-*.xml' -exec cat {} + 2>/dev/null \
        | awk -f "$KILN_ROOT/launcher/report.awk" >"$summary"
    if [ "$ended" != 0 ]; then
        {
            echo 'total 0 1 0'
            echo "failed $1: the test run itself broke (whole log: $log)"
            grep '^\[ERROR\]' "$log" | head -n 10 | sed 's/^/    /'
        } >>"$summary"
    fi
}

# The Python of the sessions, inside the host's Blender and inside the image's.
run_blender_scripts() {
    set -- "$1" sh "$KILN_ROOT/blender-scripts/run-tests.sh"
    ! is_allowed docker || set -- "$@" --allow-missing image
    run_script_tests "$@"
}

# Tests that are no Java: a command that prints like Python's unittest.
run_script_tests() {
    name=$1
    shift
    ended=0
    "$@" >"$reports/$name.log" 2>&1 </dev/null || ended=$?
    awk -f "$KILN_ROOT/launcher/unittest.awk" "$reports/$name.log" >"$reports/$name.summary"
    if [ "$ended" != 0 ] && grep -q '^total [0-9]* 0 ' "$reports/$name.summary"; then
        {
            echo 'total 0 1 0'
            echo "failed $name: it ended with $ended (whole log: $reports/$name.log)"
            tail -n 5 "$reports/$name.log" | sed 's/^/    /'
        } >>"$reports/$name.summary"
    fi
    cat "$reports/$name.summary" >>"$summary"
}
