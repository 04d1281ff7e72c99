# Finds a JDK 25 (or newer) by asking each candidate; installs one where apt offers it. Sets $jdk.
# shellcheck shell=sh disable=SC2154 # $work and $jdk come from the launcher

# Prints the major version of the JDK in folder $1, or nothing when it is none (a JRE has no compiler).
jdk_version() {
    [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
    "$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9][0-9]*\).*/\1/p' | head -n 1
}

# One folder a line, the likeliest first.
jdk_candidates() {
    [ -z "${JAVA_HOME:-}" ] || printf '%s\n' "$JAVA_HOME"
    onpath=$(command -v javac 2>/dev/null || true)
    while [ -h "$onpath" ]; do
        link=$(readlink "$onpath")
        case $link in /*) onpath=$link ;; *) onpath=${onpath%/*}/$link ;; esac
    done
    [ -z "$onpath" ] || printf '%s\n' "${onpath%/bin/javac}"
    for folder in \
        /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /opt/java/* /opt/jdk* /opt/*jdk* \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.gradle/jdks/* "$HOME"/.asdf/installs/java/* \
        "$HOME"/.local/share/mise/installs/java/* "$HOME"/.jenv/versions/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec; do
        [ -d "$folder/bin" ] && printf '%s\n' "$folder"
    done
}

# Sets $jdk to a JDK 25, or failing that to the oldest newer one; false when there is none.
find_jdk() {
    if [ -n "${KILN_JAVA_HOME:-}" ]; then
        version=$(jdk_version "$KILN_JAVA_HOME")
        [ "${version:-0}" -ge 25 ] || die "KILN_JAVA_HOME ($KILN_JAVA_HOME) is no JDK 25: it ${version:+is a JDK $version}${version:-has no bin/java and bin/javac}. Unset it, or let it name a JDK 25."
        jdk=$KILN_JAVA_HOME
        return 0
    fi
    jdk=
    newest=999
    list=$(jdk_candidates)
    saved=$IFS
    IFS='
'
    for folder in $list; do
        version=$(jdk_version "$folder")
        if [ -n "$version" ] && [ "$version" -ge 25 ] && [ "$version" -lt "$newest" ]; then
            jdk=$folder
            newest=$version
            [ "$version" != 25 ] || break
        fi
    done
    IFS=$saved
    [ -n "$jdk" ]
}

need_jdk() {
    find_jdk && return 0
    need jdk && find_jdk && return 0
    exit 3
}
