# ./kiln format: brings every source into the project's format.
# shellcheck shell=sh disable=SC2154 # $work and $jdk come from the launcher

run_format() {
    case ${1:-} in
        '') ;;
        *)
            echo 'Usage: kiln format     formats the sources (Spotless); ./kiln test fails on what it would change'
            case $1 in -h | --help) return 0 ;; *) return 2 ;; esac
            ;;
    esac
    need_build_tools
    mkdir -p "$work"
    if ! maven -q spotless:apply -Denforcer.skip >"$work/format.log" 2>&1; then
        show_failure "$work/format.log"
        return 1
    fi
}
