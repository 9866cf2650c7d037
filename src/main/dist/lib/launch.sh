# Sourced by the programs in bin: finds a Java runtime without starting any process, and sets
#   home  the folder that holds bin and lib
#   java  the program to run
#   aot   the flag that loads prepared classes, if they were prepared for this very Java
# It runs at every start of flanneld, so it uses the shell's own words only.

fail() {
    echo "$0: $*" >&2
    exit 1
}

# is_java_25 FOLDER: true if a Java of version 25 or newer lies there, by its release file
is_java_25() {
    [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
    while IFS='=' read -r key value; do
        if [ "$key" = JAVA_VERSION ]; then
            value=${value#\"}
            value=${value%%[!0-9]*}
            [ "${value:-0}" -ge 25 ]
            return
        fi
    done <"$1/release"
    return 1
}

find_java() {
    for candidate in "$home/runtime" ${JAVA_HOME:+"$JAVA_HOME"}; do
        if is_java_25 "$candidate"; then
            java_home=$candidate
            return
        fi
    done
    # the java of PATH, whose home is two folders up from where its links end
    on_path=$(command -v java) && on_path=$(readlink -f "$on_path") && is_java_25 "${on_path%/bin/java}" &&
        java_home=${on_path%/bin/java} && return
    for candidate in /usr/lib/jvm/* /opt/* "${HOME:-/root}"/.sdkman/candidates/java/*; do
        if is_java_25 "$candidate"; then
            java_home=$candidate
            return
        fi
    done
    fail "needs Java 25 or newer: set JAVA_HOME to one (looked there, in PATH, /usr/lib/jvm, /opt and ~/.sdkman)"
}

# find_home PROGRAM: follows links from the program to the folder above its bin
find_home() {
    program=$1
    [ -L "$program" ] && program=$(readlink -f "$program")
    case $program in
        */*) home=${program%/*}/.. ;;
        *) home=.. ;;
    esac
    home=$(cd "$home" && pwd -P) || exit 1
}

# prepare NAME: sets java and aot for the program NAME
prepare() {
    find_java
    java=$java_home/bin/java
    aot=
    # The cache belongs to the Java that made it. Java would notice another one, but say so at every start.
    # Nor may the programs be newer than the cache: Java was seen to mix the two.
    if [ -r "$home/lib/$1.aot" ] && [ -r "$home/lib/$1.aot.java" ] &&
        ! [ "$home/lib/jflannel.jar" -nt "$home/lib/$1.aot" ]; then
        read -r made_by <"$home/lib/$1.aot.java"
        read_version "$java_home/release"
        [ "$made_by" = "$version" ] && aot=-XX:AOTCache=$home/lib/$1.aot
    fi
}

# read_version FILE: sets version to what tells one build of Java from another
read_version() {
    version=
    while IFS='=' read -r key value; do
        case $key in
            IMPLEMENTOR_VERSION | JAVA_RUNTIME_VERSION | OS_ARCH) version="$version$key=$value " ;;
        esac
    done <"$1"
    version=${version% }
}
