#!/bin/sh
# Tests of the launcher's own logic. Ends as Python's unittest does, so that ./kiln test counts them the same way.
# shellcheck disable=SC2317,SC2034,SC2154 # what is tested calls these functions and reads these variables
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/kiln-launcher.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
work=$scratch/work
KILN_HOME=$scratch/home
KILN_ROOT=$scratch/root
mkdir -p "$work" "$KILN_HOME"

say() { printf 'kiln: %s\n' "$*"; }
die() { say "$*"; exit 3; }
for part in jdk packages build test; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done

run=0
failures=0
expect() { # NAME EXPECTED ACTUAL
    run=$((run + 1))
    [ "$2" = "$3" ] && return 0
    failures=$((failures + 1))
    printf 'FAIL: %s\nexpected: %s\nactual:   %s\n' "$1" "$2" "$3"
}
expect_contains() { # NAME PART WHOLE
    case $3 in
        *"$2"*) expect "$1" yes yes ;;
        *) expect "$1" "something with: $2" "$3" ;;
    esac
}

# Ctrl-C while Kiln is being started: the launcher waits for a build that takes longer than that.
interrupted_render() {
    mkdir -p "$scratch/early/launcher" "$scratch/early/core"
    cp "$here/../kiln" "$scratch/early/kiln"
    for part in jdk packages; do : >"$scratch/early/launcher/$part.sh"; done
    printf 'build_kiln() { kill -INT $$; sleep 1; }\n' >"$scratch/early/launcher/build.sh"
    # A shell cannot trap what was ignored when it began, as in the background of another.
    env --default-signal=INT sh "$scratch/early/kiln" render scene.blend --json 2>/dev/null
    echo "exit $?"
}
expect_contains 'an interrupted start gives a report' '"status":"refused","model":null' "$(interrupted_render)"
expect_contains 'an interrupted start exits with 130' 'exit 130' "$(interrupted_render)"

# A folder that looks like a JDK of the given version.
fake_jdk() { # FOLDER VERSION
    mkdir -p "$1/bin"
    printf '#!/bin/sh\necho '\''openjdk version "%s" 2025-09-16'\'' >&2\n' "$2" >"$1/bin/java"
    printf '#!/bin/sh\n' >"$1/bin/javac"
    chmod +x "$1/bin/java" "$1/bin/javac"
}

# --- JDK ---
fake_jdk "$scratch/jdk 25" 25.0.1
fake_jdk "$scratch/jdk17" 17.0.15
fake_jdk "$scratch/jdk27" 27-ea
fake_jdk "$scratch/jdk8" 1.8.0_402
fake_jdk "$scratch/jre25" 25.0.1
rm "$scratch/jre25/bin/javac"
expect 'a JDK says its version' 25 "$(jdk_version "$scratch/jdk 25")"
expect 'an early-access JDK says its version' 27 "$(jdk_version "$scratch/jdk27")"
expect 'an old JDK says 1' 1 "$(jdk_version "$scratch/jdk8")"
expect 'a JRE is no JDK' '' "$(jdk_version "$scratch/jre25")"
expect 'a folder that is not there is no JDK' '' "$(jdk_version "$scratch/none")"
jdk_candidates() { printf '%s\n' "$scratch/jdk17" "$scratch/jdk27" "$scratch/jre25" "$scratch/jdk 25"; }
KILN_JAVA_HOME=
find_jdk
expect 'JDK 25 is preferred to an older and a newer one' "$scratch/jdk 25" "$jdk"
jdk_candidates() { printf '%s\n' "$scratch/jdk17" "$scratch/jdk27"; }
find_jdk
expect 'a newer JDK does when there is no 25' "$scratch/jdk27" "$jdk"
jdk_candidates() { printf '%s\n' "$scratch/jdk17"; }
expect 'JDK 17 alone is not enough' no "$(find_jdk && echo yes || echo no)"
expect_contains 'a wrong KILN_JAVA_HOME is named' 'it is a JDK 17' "$(KILN_JAVA_HOME=$scratch/jdk17 find_jdk)"
expect_contains 'an empty KILN_JAVA_HOME is named' 'has no bin/java' "$(KILN_JAVA_HOME=$scratch/none find_jdk)"

# --- packages ---
expect_contains 'dnf gets its own command' 'sudo dnf install -y gtk3' "$(advice javafx-libs dnf)"
expect 'brew needs no sudo' 'Install it with: brew install --cask blender' "$(advice blender brew)"
expect_contains 'pacman gets its own command' 'sudo pacman -S --needed --noconfirm bubblewrap' "$(advice bubblewrap pacman)"
expect_contains 'an unknown system gets the download page' 'https://www.blender.org/download/' "$(advice blender '')"
expect_contains 'a system without JDK 25 is told where to get it' 'sdk install java 25' "$(names() { :; }; advice jdk '')"
expect_contains 'a Debian without JDK 25 gets the commands' 'apt-get install -y temurin-25-jdk' "$(names() { :; }; advice jdk apt)"
expect_contains 'what cannot be installed is said with its command' 'sudo zypper install -y docker' \
    "$(has() { false; }; package_manager() { echo zypper; }; need docker)"
expect 'what is there is not installed' '' "$(has() { true; }; package_manager() { echo apt; }; need docker)"
expect_contains 'an installation is announced with its command' \
    'installing the Docker engine, which runs Blender in containers: apt-get install docker.io' \
    "$(has() { false; }; package_manager() { echo apt; }; can_be_root() { true; }; apt_update_if_stale() { :; }; apt_install() { :; }; need docker)"
expect 'every thing has a purpose' '' \
    "$(for thing in jdk blender bubblewrap javafx-libs xvfb docker debootstrap download; do [ -n "$(purpose $thing)" ] || echo $thing; done)"

# --- options of the Java machine ---
build=b
KILN_ROOT="/src/a \"b\""
printf '%s' "$KILN_ROOT/desktop-app/target/classes:$KILN_ROOT/core/target/classes:/m2/x-1.jar:/m2/x-1.jar:/m2/javafx-base-26.jar:/m2/javafx-base-26-linux.jar:/m2/javafx-graphics-26.0.2-mac-aarch64.jar" >"$scratch/classpath"
work='/w k'
write_options "$scratch/classpath" "$scratch/options"
work=$scratch/work
expect 'own classes become jars, quotes are kept, nothing comes twice' '"/w k/b/desktop-app.jar:/w k/b/core.jar:/w k/lib/x-1.jar"' "$(tail -n 1 "$scratch/options")"
expect_contains 'JavaFX goes onto the module path without its empty jars' \
    '"/w k/lib/javafx-base-26-linux.jar:/w k/lib/javafx-graphics-26.0.2-mac-aarch64.jar"' "$(cat "$scratch/options")"
printf '%s' '/m2/x-1.jar' >"$scratch/classpath"
write_options "$scratch/classpath" "$scratch/options"
expect 'a server has no module path' 0 "$(grep -c module-path "$scratch/options")"
KILN_ROOT=$scratch/root

mkdir -p "$scratch/m2/a" "$scratch/m2/b"
echo one >"$scratch/m2/a/a-1.jar"
echo two >"$scratch/m2/b/b 2.jar"
printf '%s' "/src/target/classes:$scratch/m2/a/a-1.jar:$scratch/m2/b/b 2.jar" >"$scratch/classpath"
gather_libraries "$scratch/classpath"
rm -rf "$scratch/m2"
expect 'libraries outlive the folder of Maven' 'one two' "$(echo $(cat "$work/lib/a-1.jar" "$work/lib/b 2.jar"))"

# --- when to build ---
eval "$(sed -n '/^up_to_date()/,/^}/p' "$here/../kiln")"
mkdir -p "$KILN_ROOT/core/src/main" "$KILN_ROOT/core/src/test" "$KILN_ROOT/core/target" "$work/one"
: >"$KILN_ROOT/pom.xml"
: >"$KILN_ROOT/core/src/main/A.java"
: >"$KILN_ROOT/core/src/main/B.java"
fresh() {
    printf '%s\n' "$scratch/jdk 25" >"$work/jdk"
    printf 'one\n' >"$work/current"
    : >"$work/one/server.args"
    find "$KILN_ROOT" -exec touch -d '2020-01-01 00:00' {} +
    touch -d '2020-01-02 00:00' "$work/stamp"
}
answer() { if up_to_date; then echo current; else echo stale; fi; }
KILN_JAVA_HOME=
fresh
expect 'nothing changed: no build' current "$(answer)"
touch "$KILN_ROOT/core/src/main/A.java"
expect 'a changed source: build' stale "$(answer)"
fresh
rm "$KILN_ROOT/core/src/main/B.java"
expect 'a deleted source: build' stale "$(answer)"
fresh
touch "$KILN_ROOT/core/src/test" "$KILN_ROOT/core/target"
expect 'a changed test or output: no build' current "$(answer)"
expect 'another JDK is asked for: build' stale "$(KILN_JAVA_HOME=/x; answer)"
rm "$work/one/server.args"
expect 'the build was thrown away: build' stale "$(answer)"

# --- tiers ---
long=,long
allowed=' '
expect 'the unit tier leaves out every tag' contract,ui,blender,e2e,studio,fault,long "$(tier_excludes unit)"
expect 'a test with two tags belongs to the later tier' blender,e2e,studio,fault,long "$(tier_excludes ui)"
expect 'the last tier leaves out only long tests' long "$(tier_excludes faults)"
long=
expect 'with --long nothing long is left out' e2e,studio,fault "$(tier_excludes blender)"
allowed=' docker '
expect 'what may be missing is left out by tag' studio,fault,needs-docker "$(tier_excludes e2e)"
expect 'the faults tier has the tag fault' fault "$(tier_tag faults)"

# --- counting ---
cat >"$scratch/report.xml" <<'XML'
<testsuite xmlns:xsi="x" version="3.0.2" name="studio.kiln.ATest" time="0.307" tests="4" errors="1" skipped="1" failures="1" flakes="0">
  <properties>
    <property name="x" value="&lt;testcase name="/>
  </properties>
  <testcase name="adds &amp; takes" classname="studio.kiln.ATest" time="0.1"/>
  <testcase name="breaks" classname="studio.kiln.ATest" time="0.1">
    <failure message="&#10;Expecting:&#10;  &lt;1&gt;&#10;to be:&#10;  2&#10;more" type="x"><![CDATA[trace
<failure message="not a failure">
]]></failure>
  </testcase>
  <testcase name="throws" classname="studio.kiln.ATest" time="0.1">
    <error type="java.lang.NullPointerException"><![CDATA[java.lang.NullPointerException
    at x]]></error>
  </testcase>
  <testcase name="waits" classname="studio.kiln.ATest" time="0.1">
    <skipped message="no Docker"/>
    <system-out><![CDATA[one line]]></system-out>
  </testcase>
</testsuite>
XML
counted=$(cat "$scratch/report.xml" "$scratch/report.xml" | awk -f "$here/report.awk")
expect 'reports are added up' 'total 8 4 2' "$(printf '%s\n' "$counted" | head -n 1)"
expect 'printed text is not taken for results' 4 "$(printf '%s\n' "$counted" | grep -c '^failed')"
expect_contains 'a failure is shown with its first lines' 'failed studio.kiln.ATest > breaks
    Expecting:
      <1>
    to be:
      2' "$counted"
expect_contains 'an error without a message is shown with its type' 'failed studio.kiln.ATest > throws
    java.lang.NullPointerException' "$counted"
expect_contains 'a skipped test is shown with its reason' 'skipped studio.kiln.ATest > waits
    no Docker' "$counted"
expect 'no report is no test' 'total 0 0 0' "$(awk -f "$here/report.awk" </dev/null)"
expect 'unittest output is added up' 'total 9 3 1' "$(printf '%s\n' 'Ran 5 tests in 0.1s' '' 'OK (skipped=1)' \
    'Ran 4 tests in 2s' '' 'FAILED (failures=1, errors=2)' | awk -f "$here/unittest.awk")"
expect_contains 'a failed unittest is shown with its error' 'failed test_x (a.B)
    AssertionError: 1 != 2' "$(printf '%s\n' 'FAIL: test_x (a.B)' '  File "x", line 1' 'AssertionError: 1 != 2' 'Ran 1 test in 1s' 'FAILED (failures=1)' | awk -f "$here/unittest.awk")"

printf '\nRan %d tests\n\n' "$run"
if [ "$failures" = 0 ]; then
    echo OK
else
    echo "FAILED (failures=$failures)"
    exit 1
fi
