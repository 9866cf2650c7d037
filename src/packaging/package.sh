# Sourced by ./flannel: makes target/packages/ from what target/jflannel holds.
#
#   stage/jflannel   the programs, with a Java runtime of their own and the caches that this runtime made
#   cloud            what the backends need that use a cloud's routes: packages of their own
#   *.deb            the same in Debian's places, with settings and the systemd unit
#   *.oci.tar        the same above a few of Debian's packages, for container runtimes
#
# Times of files are set before the caches are made and kept ever after: Java believes a cache only if the jars still
# have the size and the time that they had then.

# What the programs and their libraries use of Java. The libraries could use more (java.desktop, java.sql), but do
# without where it is missing.
JAVA_MODULES=java.base,java.logging,java.management,java.naming,java.net.http,jdk.httpserver,jdk.naming.dns,jdk.unsupported

packages=$here/target/packages
packaging=$here/src/packaging
stage=$packages/stage/jflannel

# shellcheck source=src/packaging/image.sh
. "$packaging/image.sh"

# package_all [deb|image]…: both unless told otherwise
package_all() {
    for kind in "$@"; do
        case $kind in
            deb | image) ;;
            *) fail "package: \"$kind\" is nothing that can be packed: give deb, image or nothing for both" ;;
        esac
    done
    [ $# -gt 0 ] || set -- deb image
    case " $* " in
        *" image "*)
            ! $may_fetch || fetch_image_packages
            image_packages >/dev/null # or says now that they are missing, not after half a minute
            ;;
    esac
    version=$(sed -n 's:.*<version>\(.*\)</version>.*:\1:p' "$here/pom.xml" | head -n 1)
    architecture=$(dpkg --print-architecture)
    moment=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}
    rm -rf "$packages"
    mkdir -p "$packages"
    make_stage
    for kind in "$@"; do
        "make_$kind"
    done
}

# set_times FOLDER…: gives all in them the same time
set_times() {
    find "$@" -exec touch -h -d "@$moment" {} +
}

kilobytes() {
    du -sk --apparent-size "$1" | cut -f 1
}

make_stage() {
    say "linking a Java runtime"
    mkdir -p "$stage"
    cp -R "$built/bin" "$built/cni" "$built/lib" "$here/LICENSE" "$stage"
    rm -f "$stage"/lib/*.aot "$stage"/lib/*.aot.java
    mv "$stage/lib/cloud" "$packages/cloud"
    "$JAVA_HOME/bin/jlink" --add-modules "$JAVA_MODULES" --output "$stage/runtime" --vm=server --strip-debug \
        --no-header-files --no-man-pages --compress=zip-0 --release-info="$JAVA_HOME/release" ||
        fail "jlink of $JAVA_HOME failed"
    find "$stage/runtime/bin" -type f ! -name java -delete
    # the libraries first, for preparing the caches changes one of them
    (
        built=$stage
        upgrade_libraries
        set_times "$stage" "$packages/cloud"
        train_caches --without-lab
        # the lab was needed for that, and is not installed
        rm "$stage/lib/jflannel-lab.jar"
    )
    set_times "$stage"
    say "the programs take $(($(kilobytes "$stage") / 1024)) MB, of which the Java runtime is" \
        "$(($(kilobytes "$stage/runtime") / 1024)) MB; what clouds need, $(($(kilobytes "$packages/cloud") / 1024)) MB more"
}

# ---- Debian ---------------------------------------------------------------------------------------------------------

make_deb() {
    root=$packages/deb
    mkdir -p "$root/DEBIAN" "$root/etc/default" "$root/usr/bin" "$root/usr/sbin" "$root/usr/share/doc/jflannel" \
        "$root/usr/lib/cni" "$root/usr/lib/systemd/network" "$root/usr/lib/systemd/system" \
        "$root/usr/lib/NetworkManager/conf.d"
    cp -al "$stage" "$root/usr/lib/jflannel"
    ln -s ../lib/jflannel/bin/flanneld "$root/usr/sbin/flanneld"
    ln -s ../lib/jflannel/bin/flannel "$root/usr/bin/flannel"
    ln -s ../jflannel/cni/flannel "$root/usr/lib/cni/flannel"
    cp "$packaging/systemd/flanneld.service" "$root/usr/lib/systemd/system"
    cp "$packaging/systemd/50-flannel.link" "$root/usr/lib/systemd/network"
    cp "$packaging/networkmanager/50-flannel.conf" "$root/usr/lib/NetworkManager/conf.d"
    cp "$packaging/debian/flanneld.default" "$root/etc/default/flanneld"
    cp -R "$packaging/debian/copyright" "$here/docs/." "$root/usr/share/doc/jflannel"
    make_manual "$root/usr/share"
    # Debian's versions sort a ~ before everything: 1.0~SNAPSHOT comes before 1.0
    deb_version=$(echo "$version" | sed 's/-SNAPSHOT$/~snapshot/')
    sed -e "s/@VERSION@/$deb_version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(kilobytes "$root")/" \
        "$packaging/debian/control" >"$root/DEBIAN/control"
    cp "$packaging/debian/conffiles" "$root/DEBIAN"
    for script in postinst prerm postrm; do
        install -m 755 "$packaging/debian/$script" "$root/DEBIAN"
    done
    (cd "$root" && find usr etc -type f ! -path etc/default/flanneld -exec md5sum {} +) >"$root/DEBIAN/md5sums"
    build_deb "$packages/jflannel_${deb_version}_$architecture.deb"
    make_cloud_deb
}

# make_cloud_deb: what the backends need that use a cloud's routes, as an addition to the other package
make_cloud_deb() {
    root=$packages/deb-cloud
    mkdir -p "$root/DEBIAN" "$root/usr/lib/jflannel/lib" "$root/usr/share/doc/jflannel-cloud"
    cp -al "$packages/cloud" "$root/usr/lib/jflannel/lib/cloud"
    cp "$packaging/debian/copyright" "$root/usr/share/doc/jflannel-cloud"
    sed -e "s/@VERSION@/$deb_version/" -e "s/@SIZE@/$(kilobytes "$root")/" \
        "$packaging/debian/control-cloud" >"$root/DEBIAN/control"
    (cd "$root" && find usr -type f -exec md5sum {} +) >"$root/DEBIAN/md5sums"
    build_deb "$packages/jflannel-cloud_${deb_version}_all.deb"
}

# build_deb FILE: packs root
build_deb() {
    chmod -R u=rwX,go=rX "$root"
    set_times "$root"
    SOURCE_DATE_EPOCH=$moment dpkg-deb --root-owner-group -Zxz -z"${DEB_COMPRESSION:-6}" --build "$root" "$1" >/dev/null
    say "$(size_of "$1"), installed $(($(kilobytes "$root") / 1024)) MB"
}

# make_manual FOLDER: man pages and completion for shells, as the programs themselves tell them
make_manual() {
    "$stage/bin/flannel" manual "$1" --version-of="$version" --seconds="$moment"
    gzip -9n "$1"/man/man?/*
}

size_of() {
    echo "target/packages/${1##*/}: $(($(kilobytes "$1") / 1024)) MB"
}
