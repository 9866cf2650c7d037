# Sourced by ./flannel: installs and fetches what building, testing and packing need.

MAVEN_LEAST=3.9.6   # what the build's plugins need
MAVEN_FETCHED=3.9.16 # what is fetched if the installed one is older
# of apache-maven-$MAVEN_FETCHED-bin.zip, as Maven Central and maven.apache.org give it
MAVEN_SHA512=ed41650d42485cfc243fad22158caf9cbb5dc408ce7a09ddb94dd42a019de929ca43065bfa450612cf12bf78b5cafa3884b96c090de326ff590448c933454af3

# ---- what must be installed -----------------------------------------------------------------------------------------

missing=
# need COMMAND PACKAGE: notes Debian's package if there is no such command
need() {
    command -v "$1" >/dev/null 2>&1 || case " $missing " in *" $2 "*) ;; *) missing="$missing $2" ;; esac
}

need_for_lab() {
    need ip iproute2
    need ping iputils-ping
    need etcd etcd-server
    need etcdctl etcd-client
    need iptables iptables
    need nft nftables
    need unshare util-linux
    need setpriv util-linux
    [ -x /usr/lib/cni/bridge ] || [ -x /opt/cni/bin/bridge ] || missing="$missing containernetworking-plugins"
}

need_for_bench() {
    need iperf3 iperf3
    need ethtool ethtool
}

need_for_faults() {
    need faketime faketime
    need curl curl
    need openssl openssl
    need socat socat
}

need_for_package() {
    need_for_lab # the programs' fast start is prepared in a lab
    need dpkg-deb dpkg
    need xz xz-utils
}

need_for_tests() {
    need_for_lab
    need_for_bench
    need_for_faults
    need_for_package
    need tcpdump tcpdump
    need dockerd docker.io
    need busybox busybox-static
    need sysctl procps
    need prometheus prometheus
    need man man-db
    need mandoc mandoc
    need zsh zsh
    need fish fish
    need chromium chromium
    need qemu-system-x86_64 qemu-system-x86
    need charon-systemd charon-systemd
    need wireguard-go wireguard-go
    [ -e /usr/lib/ipsec/plugins/libstrongswan-openssl.so ] || missing="$missing libstrongswan-standard-plugins"
    need cpio cpio
    need depmod kmod
}

may_fetch=true # false where nothing may be installed or downloaded
updated=false  # true once apt's package lists are new

# install_missing: gets what `need` noted, or says how to
install_missing() {
    [ -n "$missing" ] || return 0
    $may_fetch || fail "nothing is fetched here, but these programs are missing; Debian's packages of them are:$missing"
    command -v apt-get >/dev/null 2>&1 || fail "these programs are missing; Debian's packages of them are:$missing"
    [ "$(id -u)" = 0 ] || fail "some programs are missing. Run:" \
        "sudo apt-get update && sudo apt-get install --no-install-recommends$missing"
    say "installing$missing"
    keep_services_away
    update_lists
    # missing is a list of words
    # shellcheck disable=SC2086
    apt_get install --no-install-recommends $missing
    let_services_start
    missing=
}

policy=/usr/sbin/policy-rc.d

# Packages of etcd and Docker start services, which nobody asked for: the lab and the tests run their own, and a Docker
# daemon would make a bridge and rules on this machine. While policy-rc.d answers with 101, nothing is started. Should
# this script be killed without a chance to remove it, it lets services start.
keep_services_away() {
    enabled=$(enabled_services)
    trap let_services_start EXIT
    for signal in HUP INT TERM; do
        # dash does not run the trap of EXIT when a signal ends it; callers see by which one it was
        # shellcheck disable=SC2064
        trap "let_services_start; kill -$signal $$" "$signal"
    done
    [ ! -e $policy ] || is_ours $policy || return 0
    printf '#!/bin/sh\n# put here by %s\nkill -0 %s 2>/dev/null || exit 0\nexit 101\n' "$here/flannel" $$ >$policy
    chmod +x $policy
}

let_services_start() {
    ! is_ours $policy || rm -f $policy
    # nor at the next boot
    for service in $(enabled_services); do
        case $enabled in *"$service"*) ;; *) systemctl disable "$service" >/dev/null 2>&1 || : ;; esac
    done
    trap - EXIT HUP INT TERM
}

is_ours() {
    grep -qsF "put here by $here/flannel" "$1"
}

enabled_services() {
    [ ! -d /run/systemd/system ] || systemctl list-unit-files --state=enabled --no-legend | cut -d ' ' -f 1
}

update_lists() {
    $updated || apt_get update
    updated=true
}

apt_get() {
    mkdir -p "$here/target"
    DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >"$here/target/apt.log" 2>&1 </dev/null || {
        tail -n 20 "$here/target/apt.log" >&2
        fail "apt-get $1 failed; all of its output is in target/apt.log"
    }
}

# ---- Java and Maven -------------------------------------------------------------------------------------------------

# find_jdk: sets and exports JAVA_HOME to a JDK, not just a runtime
find_jdk() {
    need_jdk
    install_missing
    home=$here
    find_java
    [ -x "$java_home/bin/javac" ] || fail "$java_home is a runtime; the build needs a JDK: set JAVA_HOME to one"
    JAVA_HOME=$java_home
    export JAVA_HOME
}

need_jdk() {
    (home=$here && find_java && [ -x "$java_home/bin/javac" ]) 2>/dev/null && return
    for package in openjdk-25-jdk-headless temurin-25-jdk; do
        if knows_package "$package"; then
            missing="$missing $package"
            return
        fi
    done
    fail "needs a JDK 25 or newer, and none was found in JAVA_HOME, PATH, /usr/lib/jvm, /opt or ~/.sdkman." \
        "Install one (openjdk-25-jdk-headless, temurin-25-jdk, or 'sdk install java 25-tem'), or set JAVA_HOME"
}

# knows_package NAME: true if apt could install it
knows_package() {
    command -v apt-cache >/dev/null 2>&1 || return 1
    ! apt-cache show "$1" >/dev/null 2>&1 || return 0
    # a new machine has no package lists yet
    if $updated || ! $may_fetch || [ "$(id -u)" != 0 ]; then
        return 1
    fi
    update_lists
    apt-cache show "$1" >/dev/null 2>&1
}

# version_at_least HAVE LEAST: compares dotted numbers
version_at_least() {
    [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

fetched_maven=$cache/apache-maven-$MAVEN_FETCHED

need_maven() {
    [ -x "$fetched_maven/bin/mvn" ] || need mvn maven
}

# find_maven: sets maven to one that is new enough, fetching it if need be; after find_jdk
find_maven() {
    need_maven
    install_missing
    maven=$fetched_maven/bin/mvn
    [ ! -x "$maven" ] || return 0
    version=$(mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' | head -n 1)
    if version_at_least "${version:-0}" "$MAVEN_LEAST"; then
        maven=mvn
        return
    fi
    say "Maven $version is too old for this build; fetching $MAVEN_FETCHED into $cache"
    fetch_maven
}

fetch_maven() {
    mkdir -p "$cache"
    unpacked=$(mktemp -d "$cache/unpack.XXXXXX")
    archive=$unpacked/apache-maven-$MAVEN_FETCHED-bin.zip
    (cd "$unpacked" && mvn -B -q -C org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        -Dartifact="org.apache.maven:apache-maven:$MAVEN_FETCHED:zip:bin" -DoutputDirectory="$unpacked") \
        >"$cache/fetch.log" 2>&1 || {
        rm -rf "$unpacked"
        tail -n 20 "$cache/fetch.log" >&2
        fail "Maven $MAVEN_FETCHED could not be fetched"
    }
    found=$(sha512sum <"$archive" | cut -d ' ' -f 1)
    if [ "$found" != "$MAVEN_SHA512" ]; then
        rm -rf "$unpacked"
        fail "what was fetched as Maven $MAVEN_FETCHED is something else, and was thrown away: its SHA-512 is $found," \
            "not $MAVEN_SHA512. Look at the mirrors in Maven's settings, or install Maven $MAVEN_LEAST or newer"
    fi
    (cd "$unpacked" && "$JAVA_HOME/bin/jar" xf "$archive")
    chmod +x "$unpacked/apache-maven-$MAVEN_FETCHED/bin/mvn"
    # another build may have been faster: then its copy stays
    mv -T "$unpacked/apache-maven-$MAVEN_FETCHED" "$fetched_maven" 2>/dev/null || :
    rm -rf "$unpacked"
}
