# Builds Kiln into target/kiln/BUILD: its own jars, and for each way of running it a file of Java options.
# A running Kiln keeps the build that it was started with, so each build has a folder of its own.
# shellcheck shell=sh disable=SC2154 # $work and $jdk come from the launcher

# One build at a time, whichever terminal asks first; a lock whose owner has died is taken over.
lock_build() {
    mkdir -p "$work" 2>/dev/null || true
    [ -w "$work" ] || die "this copy of Kiln has to be built, and $(id -un) may not write in it. Build it as the user that it belongs to (kiln build), or clone it for yourself."
    waited=false
    unowned=0
    until mkdir "$work/lock" 2>/dev/null; do
        # Between the folder and its pid lies no time worth a mention: a lock that stays without one was abandoned.
        owner=$(cat "$work/lock/pid" 2>/dev/null) || { owner=$$; unowned=$((unowned + 1)); }
        if [ "$unowned" -gt 20 ] || ! kill -0 "$owner" 2>/dev/null; then
            unowned=0
            rm -rf "$work/lock"
            continue
        fi
        $waited || say 'another terminal is building Kiln; waiting for it'
        waited=true
        sleep 0.3
    done
    echo $$ >"$work/lock/pid"
    trap 'rm -rf "$work/lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

unlock_build() {
    rm -rf "$work/lock"
    trap - EXIT INT TERM
}

# Runs the Maven of the wrapper with the JDK that was found.
maven() {
    # shellcheck disable=SC2086 # a list of options
    (cd "$KILN_ROOT" && JAVA_HOME=$jdk \
        MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}" \
        sh ./mvnw -B -ntp ${KILN_MAVEN_OPTS:-} "$@")
}

# Says the lines of a Maven log that matter: the errors, or its end when there are none.
show_failure() {
    if grep -q '^\[ERROR\]' "$1"; then
        grep '^\[ERROR\]' "$1" | grep -v -e '^\[ERROR\] *$' -e '\[Help 1\]' -e 're-run Maven' -e 'Re-run Maven' \
            -e 'For more information about' -e 'After correcting' -e 'mvn <args>' | head -n 40 >&2
    else
        tail -n 40 "$1" >&2
    fi
    say "the whole log: $1"
}

# Asks for whatever a build needs on a bare machine.
need_build_tools() {
    need_jdk
    has download || need download || true
}

build_kiln() {
    lock_build
    if up_to_date; then
        unlock_build
        return 0
    fi
    need_build_tools
    if [ -f "$work/stamp" ]; then
        say 'building what changed'
    else
        say 'building Kiln; the first time it also fetches its libraries, which takes a minute or two'
    fi
    # The folders of the output exist before the stamp, since a new one makes its parent look changed.
    for module in core blender-scripts render-server desktop-app; do
        mkdir -p "$KILN_ROOT/$module/target"
    done
    # Made before the build: a source that changes while it runs is newer, and the next command builds again.
    : >"$work/stamp.new"
    if ! maven -q process-classes -Denforcer.skip -Dspotless.check.skip >"$work/build.log" 2>&1; then
        say 'the build failed:'
        show_failure "$work/build.log"
        exit 3
    fi
    stage
    mv "$work/stamp.new" "$work/stamp"
    unlock_build
}

# Puts the classes into jars (only those can be in an AOT cache) and writes the options.
stage() {
    build=$(date +%Y%m%d-%H%M%S)-$$
    new=$work/$build
    mkdir -p "$new"
    for module in core blender-scripts render-server desktop-app; do
        "$jdk/bin/jar" --create --no-compress --file "$new/$module.jar" -C "$KILN_ROOT/$module/target/classes" .
    done
    server_path=$KILN_ROOT/render-server/target
    desktop_path=$KILN_ROOT/desktop-app/target
    # The studio's class path begins with the server's, so that a server which it starts can use the same AOT cache.
    printf '%s:' "$server_path/classes" | cat - "$server_path/runtime.classpath" >"$new/server.path"
    printf ':%s:' "$desktop_path/classes" | cat "$new/server.path" - "$desktop_path/runtime.classpath" >"$new/desktop.path"
    gather_libraries "$new/desktop.path"
    write_options "$new/server.path" "$new/server.args"
    write_options "$new/desktop.path" "$new/desktop.args"
    printf '%s\n' "$jdk" >"$work/jdk"
    printf '%s\n' "$build" >"$work/current.new"
    mv "$work/current.new" "$work/current"
    forget_old_builds
    rm -f "$new/server.path" "$new/desktop.path"
    make_caches "$build"
}

# gather_libraries CLASSPATH_FILE: puts the libraries beside the builds, so that Kiln runs for every user who may read it
# and whatever becomes of Maven's own folder. Links where they can be made: they cost no space.
gather_libraries() {
    mkdir -p "$work/lib"
    tr ':' '\n' <"$1" | grep '\.jar$' | sort -u | while IFS= read -r jar; do
        name=${jar##*/}
        [ -f "$work/lib/$name" ] || ln "$jar" "$work/lib/$name" 2>/dev/null || cp "$jar" "$work/lib/$name"
        chmod a+r "$work/lib/$name"
    done
}

# write_options CLASSPATH_FILE OUT: a file of options for java. The modules' own folders of classes become their jars,
# and JavaFX, which wants to be modules, goes onto the module path.
write_options() {
    tr ':' '\n' <"$1" | awk -v root="$KILN_ROOT" -v jars="$work/$build" -v lib="$work/lib" '
        function add(entry) { path = path (path == "" ? "" : ":") entry }
        function quote(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
        NF == 0 || seen[$0]++ { next }
        index($0, root "/") == 1 && /\/target\/classes$/ {
            name = substr($0, length(root) + 2); sub(/\/.*/, "", name); add(jars "/" name ".jar"); next
        }
        { sub(/.*\//, lib "/") }
        /\/javafx-[a-z]+-[0-9.]+-[a-z0-9-]+\.jar$/ { modules = modules (modules == "" ? "" : ":") $0; next }
        /\/javafx-[a-z]+-[0-9.]+\.jar$/ { next }
        { add($0) }
        END {
            print "-Xlog:disable"
            print "-Xlog:all=error:stderr"
            print "-Dfile.encoding=UTF-8"
            print "-Dstdout.encoding=UTF-8"
            print "-Dstderr.encoding=UTF-8"
            print "--enable-native-access=ALL-UNNAMED"
            print "--sun-misc-unsafe-memory-access=allow"
            if (modules != "") {
                print "--module-path"
                print quote(modules)
                print "--add-modules"
                print "javafx.controls"
                print "--enable-native-access=javafx.graphics"
                split("javafx.base/com.sun.javafx.event javafx.controls/com.sun.javafx.scene.control javafx.controls/com.sun.javafx.scene.control.behavior javafx.controls/com.sun.javafx.scene.control.inputmap javafx.graphics/com.sun.javafx.scene javafx.graphics/com.sun.javafx.scene.traversal", exports, " ")
                for (i = 1; i in exports; i++) print "--add-exports=" exports[i] "=ALL-UNNAMED"
            }
            print "-cp"
            print quote(path)
        }' >"$2"
}

# Keeps the newest two: older ones can hardly be running still, and on Unix even those keep their open files.
forget_old_builds() {
    # shellcheck disable=SC2012 # the names are this script's own
    ls -1d "$work"/2*-* 2>/dev/null | sort -r | tail -n +3 | while IFS= read -r old; do
        rm -rf "$old"
    done
}

# AOT caches: Java starts servers (kiln.aot) and commands (command.aot) quicker with them. They are made in the
# background after a build, by a rehearsal in a data folder of its own; the first commands do without.
make_caches() {
    [ -z "${KILN_NO_CACHE:-}" ] || return 0
    (
        set +e
        folder=$work/$1
        # Someone who edits and runs builds often: only a build that is still the newest is worth it.
        sleep 3
        [ "$(cat "$work/current")" = "$1" ] || exit
        KILN_HOME=$folder/rehearsal
        mkdir -p "$KILN_HOME"
        cd "$KILN_HOME" || exit
        # as commands start a server, the command line included
        rehearse "$folder" kiln.aot studio.kiln.server.cli.Main serve --background --no-node &
        server=$!
        waited=0
        until [ -s "$KILN_HOME/run/server.json" ] || [ "$waited" -gt 300 ] || ! kill -0 "$server"; do
            sleep 1
            waited=$((waited + 1))
        done
        if [ -s "$KILN_HOME/run/server.json" ]; then
            rehearse "$folder" command.aot -XX:TieredStopAtLevel=1 studio.kiln.server.cli.Main \
                models add "$KILN_ROOT/examples/teacup.glb"
            "$jdk/bin/java" "@$folder/server.args" studio.kiln.server.cli.Main stop
        fi
        wait "$server"
        cd "$folder" && rm -rf "$KILN_HOME"
    ) </dev/null >"$work/cache.log" 2>&1 &
}

# rehearse FOLDER CACHE ARGUMENTS...: runs Java and notes what it loads; the cache appears when it is whole.
rehearse() {
    options=$1/server.args
    cache=$1/$2
    shift 2
    nice -n 19 "$jdk/bin/java" -XX:AOTCacheOutput="$cache.new" -XX:+UseSerialGC -Xmx512m "@$options" "$@"
    [ -s "$cache.new" ] && mv "$cache.new" "$cache"
}
