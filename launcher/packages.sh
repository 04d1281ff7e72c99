# System packages: what Kiln calls them, how to see that they are there, and what each system calls them.
# shellcheck shell=sh disable=SC2154 # $work and $jdk come from the launcher

# Is it there? Asked without a package manager, so that anything installed by hand counts too.
has() {
    case $1 in
        jdk) false ;;
        blender) command -v blender >/dev/null 2>&1 || [ -x /Applications/Blender.app/Contents/MacOS/Blender ] ;;
        egl) [ "$(uname -s)" != Linux ] || has_library libEGL.so.1 ;;
        bubblewrap) command -v bwrap >/dev/null 2>&1 ;;
        javafx-libs) [ "$(uname -s)" != Linux ] || { has_library libgtk-3.so.0 && has_library libGL.so.1 && has_library libXtst.so.6 && has_library libXxf86vm.so.1; } ;;
        xvfb) command -v Xvfb >/dev/null 2>&1 ;;
        docker) command -v docker >/dev/null 2>&1 && { command -v dockerd >/dev/null 2>&1 || docker version >/dev/null 2>&1; } ;;
        debootstrap) command -v debootstrap >/dev/null 2>&1 ;;
        mariadb) [ -x /usr/sbin/mariadbd ] ;;
        rabbitmq) [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] ;;
        redis) command -v redis-server >/dev/null 2>&1 ;;
        webdav) [ -x /usr/sbin/nginx ] && [ -e /usr/lib/nginx/modules/ngx_http_dav_ext_module.so ] ;;
        download) command -v curl >/dev/null 2>&1 || command -v wget >/dev/null 2>&1 ;;
    esac
}

has_library() {
    for folder in /usr/lib/*-linux-gnu* /usr/lib64 /usr/lib /lib64; do
        [ ! -e "$folder/$1" ] || return 0
    done
    return 1
}

# names THING MANAGER: the packages that hold it there, or nothing when that system has none.
names() {
    case $1/$2 in
        */) ;; # no package manager that Kiln knows
        jdk/apt)
            for name in openjdk-25-jdk-headless temurin-25-jdk; do
                if apt_offers "$name"; then
                    echo "$name"
                    break
                fi
            done
            ;;
        jdk/dnf) echo java-25-openjdk-devel ;;
        jdk/pacman) echo jdk-openjdk ;;
        jdk/zypper) echo java-25-openjdk-devel ;;
        jdk/brew) echo openjdk@25 ;;
        blender/apt) echo blender python3-numpy ;;
        blender/brew) echo --cask blender ;;
        blender/*) echo blender ;;
        egl/apt) echo libegl1 libgl1-mesa-dri ;;
        egl/dnf) echo mesa-libEGL mesa-dri-drivers ;;
        egl/pacman) echo mesa ;;
        egl/zypper) echo Mesa-libEGL1 Mesa-dri ;;
        egl/brew) ;;
        bubblewrap/brew) ;;
        bubblewrap/*) echo bubblewrap ;;
        javafx-libs/apt) echo libgtk-3-0 libgl1 libgl1-mesa-dri libxtst6 libxxf86vm1 fonts-dejavu-core ;;
        javafx-libs/dnf) echo gtk3 mesa-libGL mesa-dri-drivers libXtst libXxf86vm dejavu-sans-fonts ;;
        javafx-libs/pacman) echo gtk3 mesa libxtst libxxf86vm ttf-dejavu ;;
        javafx-libs/zypper) echo libgtk-3-0 Mesa-libGL1 Mesa-dri libXtst6 libXxf86vm1 dejavu-fonts ;;
        xvfb/apt) echo xvfb xauth ;;
        xvfb/dnf) echo xorg-x11-server-Xvfb ;;
        xvfb/pacman) echo xorg-server-xvfb ;;
        xvfb/zypper) echo xorg-x11-server-Xvfb ;;
        docker/apt)
            # Debian 13 has the client apart, and no mounter of the old control groups.
            # shellcheck disable=SC2046 # a list of names
            echo docker.io apparmor xz-utils $(those_offered docker-cli cgroupfs-mount)
            ;;
        docker/brew) echo --cask docker ;;
        docker/*) echo docker ;;
        debootstrap/brew) ;;
        debootstrap/*) echo debootstrap ;;
        mariadb/apt) echo mariadb-server ;;
        rabbitmq/apt) echo rabbitmq-server ;;
        redis/apt) echo redis-server ;;
        webdav/apt) echo nginx-light libnginx-mod-http-dav-ext ;;
        download/apt) echo ca-certificates curl ;;
        download/*) echo curl ;;
    esac
}

# What it is for, as a person would say it.
purpose() {
    case $1 in
        jdk) echo 'JDK 25, which Kiln is built and run with' ;;
        blender) echo 'Blender, which renders' ;;
        egl) echo 'the EGL libraries, without which Blender 4 and newer do not start' ;;
        bubblewrap) echo 'bubblewrap, which shuts Blender in while it works on a file that somebody else made' ;;
        javafx-libs) echo 'the GTK and OpenGL libraries that the studio window needs' ;;
        xvfb) echo 'Xvfb, a display for the tests that look at a window' ;;
        docker) echo 'the Docker engine, which runs Blender in containers' ;;
        debootstrap) echo 'debootstrap, which makes the render image where no image registry can be reached' ;;
        mariadb) echo 'MariaDB, the database of studio mode' ;;
        rabbitmq) echo 'RabbitMQ, the broker of studio mode' ;;
        redis) echo 'Redis, the cache of studio mode' ;;
        webdav) echo 'nginx with WebDAV, a plain file server for studio mode' ;;
        download) echo 'curl, which fetches Maven' ;;
    esac
}

package_manager() {
    for manager in apt-get dnf pacman zypper brew; do
        if command -v "$manager" >/dev/null 2>&1; then
            echo "${manager%-get}"
            return 0
        fi
    done
}

install_command() {
    case $1 in
        apt) shift; echo "apt-get install -y --no-install-recommends $*" ;;
        dnf) shift; echo "dnf install -y $*" ;;
        pacman) shift; echo "pacman -S --needed --noconfirm $*" ;;
        zypper) shift; echo "zypper install -y $*" ;;
        brew) shift; echo "brew install $*" ;;
    esac
}

# Runs as root: directly, or by sudo when that can be asked (a terminal) or does not ask.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

apt_offers() {
    apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]'
}

those_offered() {
    for name in "$@"; do
        ! apt_offers "$name" || echo "$name"
    done
}

# Fetches the package lists once in a run, and only when they are missing or a week old.
apt_update_if_stale() {
    [ -z "${apt_lists_fresh:-}" ] || return 0
    if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mtime -7 2>/dev/null | head -n 1)" ]; then
        apt_update
    fi
    apt_lists_fresh=yes
}

apt_update() {
    say "fetching apt's package lists (apt-get update)"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >>"$(install_log)" 2>&1 || true
    apt_lists_fresh=yes
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        install -y -q --no-install-recommends "$@" </dev/null >>"$(install_log)" 2>&1
}

install_log() {
    mkdir -p "$work"
    echo "$work/install.log"
}

# need THING: true when it is there or could be installed. Otherwise says the exact command, and false.
need() {
    has "$1" && return 0
    manager=$(package_manager)
    if [ "$manager" = apt ] && can_be_root; then
        apt_update_if_stale
        packages=$(names "$1" apt)
        # Lists that know nothing of it may be of another day.
        if [ -z "$packages" ]; then
            apt_update
            packages=$(names "$1" apt)
        fi
        if [ -n "$packages" ]; then
            say "installing $(purpose "$1"): apt-get install $packages"
            # shellcheck disable=SC2086 # a list of names
            if apt_install $packages || { apt_update && apt_install $packages; }; then
                return 0
            fi
            say "apt-get could not install it. The end of $(install_log):"
            tail -n 5 "$(install_log)" >&2
            return 1
        fi
    fi
    say "missing: $(purpose "$1"). $(advice "$1" "$manager")"
    return 1
}

# advice THING MANAGER: the sentence with the command that installs it here.
advice() {
    packages=$(names "$1" "$2")
    if [ -n "$packages" ]; then
        prefix='sudo '
        case $2 in brew) prefix= ;; esac
        # shellcheck disable=SC2086 # a list of names
        echo "Install it with: $prefix$(install_command "$2" $packages)"
        return
    fi
    case $1 in
        jdk)
            if [ "$2" = apt ]; then
                # shellcheck disable=SC1091 # a file of the system
                suite=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")
                echo "This system's packages have no JDK 25; Temurin's have. Install it with these commands, as root:
    apt-get install -y ca-certificates wget gpg
    mkdir -p /etc/apt/keyrings
    wget -qO- https://packages.adoptium.net/artifactory/api/gpg/key/public | gpg --dearmor > /etc/apt/keyrings/adoptium.gpg
    echo 'deb [signed-by=/etc/apt/keyrings/adoptium.gpg] https://packages.adoptium.net/artifactory/deb ${suite:-bookworm} main' > /etc/apt/sources.list.d/adoptium.list
    apt-get update
    apt-get install -y temurin-25-jdk
Then run this again. Any other JDK 25 does as well: Kiln looks in the usual places, and where KILN_JAVA_HOME says."
                return
            fi
            echo "This system's packages have no JDK 25. Install Temurin 25 from https://adoptium.net/temurin/releases/?version=25 (or: curl -s https://get.sdkman.io | bash, then: sdk install java 25-tem), then run this again; Kiln finds it by itself, or set KILN_JAVA_HOME."
            ;;
        blender) echo "Install it from https://www.blender.org/download/ and set KILN_BLENDER to the program." ;;
        *) echo "This system's packages have none that Kiln knows of; install it by hand." ;;
    esac
}

# True when something here can render: a Blender, one that was added, or the render image in a container engine.
need_engine() {
    if has blender; then
        has egl || { [ "$(package_manager)" = apt ] && [ "$(id -u)" = 0 ] && need egl; } || true
        has bubblewrap || { [ "$(package_manager)" = apt ] && [ "$(id -u)" = 0 ] && need bubblewrap; } || true
        return 0
    fi
    [ ! -s "$KILN_HOME/engines.json" ] || return 0
    if command -v docker >/dev/null 2>&1 && [ -n "$(docker images -q kiln/blender 2>/dev/null)" ]; then
        return 0
    fi
    # Kiln itself says what to do when nothing can render, so a failure here stops nothing.
    need blender || return 0
    need egl || true
    [ "$(uname -s)" != Linux ] || need bubblewrap || true
}

all_services='mariadb rabbitmq redis s3 webdav'

# need_services [NAME...]: the programs of these services, or of all.
need_services() {
    # shellcheck disable=SC2086 # a list of names
    [ $# -gt 0 ] || set -- $all_services
    for service; do
        case $service in
            s3) need_s3proxy || true ;;
            mysql) need_mysql_image || true ;;
            *) case " $all_services " in *" $service "*) need "$service" || true ;; esac ;;
        esac
    done
}

# A container engine that answers. Whoever is root here gets one.
need_docker() {
    docker version >/dev/null 2>&1 && return 0
    need docker || return 1
    docker version >/dev/null 2>&1 && return 0
    say 'starting the Docker engine'
    mkdir -p "$work"
    sh "$KILN_ROOT/blender-scripts/image/start-dockerd.sh" >"$work/dockerd.log" 2>&1 && return 0
    tail -n 5 "$work/dockerd.log" >&2
    return 1
}

# MySQL runs in a container of an image that is made here once.
need_mysql_image() {
    need_docker || return 1
    [ -z "$(docker images -q kiln/mysql:9 2>/dev/null)" ] || return 0
    need debootstrap || return 1
    say 'making the image kiln/mysql:9 from packages, which takes a minute'
    sh "$KILN_ROOT/launcher/mysql-image.sh" >"$work/mysql-image.log" 2>&1 && return 0
    say 'the image of MySQL could not be made:'
    tail -n 15 "$work/mysql-image.log" >&2
    return 1
}

# The S3 store is a jar of Maven Central, kept in the build's own folder; Kiln is told where by KILN_S3PROXY.
need_s3proxy() {
    [ -z "${KILN_S3PROXY:-}" ] || return 0
    version=3.1.0
    KILN_S3PROXY=$work/s3proxy/s3proxy-$version-jar-with-dependencies.jar
    export KILN_S3PROXY
    [ ! -s "$KILN_S3PROXY" ] || return 0
    part build
    [ -n "${jdk:-}" ] || { part jdk && need_jdk; }
    say "fetching S3Proxy $version, the object store of studio mode, from Maven Central"
    if ! maven -q -N dependency:copy "-Dartifact=org.gaul:s3proxy:$version:jar:jar-with-dependencies" \
        "-DoutputDirectory=$work/s3proxy" >"$work/s3proxy.log" 2>&1; then
        say 'S3Proxy could not be fetched:'
        show_failure "$work/s3proxy.log"
        return 1
    fi
}
