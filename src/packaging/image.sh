# Sourced by package.sh: makes the container image, an OCI archive of two layers, by tar and sha256sum alone.
#
#   a few of Debian's packages   a shell, iptables, nft, ip and the libraries that they need
#   /opt/jflannel                the programs
#
# A second one has a third layer above these, /opt/jflannel/lib/cloud: what the backends need that use a cloud's routes.
#
# The layout is that of the OCI image specification, version 1. The file manifest.json beside it is for `docker load` of
# Dockers that know only their own format.

# busybox is the shell and its commands. Of what these packages depend on, debconf only asks questions.
IMAGE_PACKAGES="busybox-static iptables nftables iproute2"
IMAGE_WITHOUT="debconf perl-base"

make_image() {
    image=$packages/image
    blobs=$image/oci/blobs/sha256
    mkdir -p "$image/base" "$blobs"
    make_base "$image/base"
    set_times "$image/base"
    tar_layer "$image/base.tar" -C "$image/base" .
    tar_layer "$image/programs.tar" -C "$packages/stage" --transform='flags=r;s:^jflannel:opt/jflannel:' jflannel
    tar_layer "$image/cloud.tar" -C "$packages" --transform='flags=r;s:^cloud:opt/jflannel/lib/cloud:' cloud
    layers=
    files=
    contents=
    history=
    add_layer base "Debian: $IMAGE_PACKAGES"
    add_layer programs "jflannel $version"
    pack_image ""
    rm "$blobs/$config_digest" "$blobs/$digest" # the other image has its own
    add_layer cloud "jflannel-cloud $version"
    pack_image -cloud
}

# pack_image SUFFIX: an archive of the layers so far
pack_image() {
    write_image "$version$1"
    archive=$packages/jflannel-flanneld${1}_${version}_$architecture.oci.tar
    set_times "$image/oci"
    tar_layer "$archive" -C "$image/oci" .
    say "$(size_of "$archive"), image jflannel/flanneld:$version$1"
}

tar_layer() {
    file=$1
    shift
    tar --create --file "$file" --sort=name --format=posix --pax-option=delete=atime,delete=ctime --numeric-owner \
        --owner=0 --group=0 "$@"
}

# ---- the lower layer ------------------------------------------------------------------------------------------------

make_base() {
    base=$1
    for folder in bin sbin lib lib64; do
        mkdir -p "$base/usr/$folder"
        ln -s "usr/$folder" "$base/$folder"
    done
    mkdir -p "$base/var/lib/dpkg/status.d" "$base/etc" "$base/run" "$base/root" "$base/proc" "$base/sys" "$base/dev"
    mkdir -m 1777 "$base/tmp"
    fetched=$(image_packages)
    for deb in $fetched; do
        case " $IMAGE_WITHOUT " in *" ${deb%%_*} "*) continue ;; esac
        dpkg-deb --fsys-tarfile "$debs/$deb" | tar --extract --keep-directory-symlink --directory "$base"
        # where scanners look for what an image is made of
        dpkg-deb --field "$debs/$deb" >"$base/var/lib/dpkg/status.d/${deb%%_*}"
    done
    find "$base/usr/share/doc" -mindepth 2 ! -name copyright ! -type d -delete
    rm -rf "$base"/usr/share/man "$base"/usr/share/locale "$base"/usr/share/lintian "$base"/usr/share/bash-completion \
        "$base"/usr/share/bug "$base"/usr/lib/*/gconv "$base"/usr/include
    for applet in $("$base/usr/bin/busybox" --list); do
        [ -e "$base/usr/bin/$applet" ] || [ -e "$base/usr/sbin/$applet" ] || ln -s busybox "$base/usr/bin/$applet"
    done
    install -m 755 "$packaging/image/iptables-choice" "$base/usr/sbin"
    for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
        ln -s iptables-choice "$base/usr/sbin/$name"
    done
    echo "root:x:0:0:root:/root:/bin/sh" >"$base/etc/passwd"
    echo "root:x:0:" >"$base/etc/group"
}

debs=$cache/debs # the packages, and "list" with the names of their files

# fetch_image_packages: gets the packages of the image and all that they depend on
fetch_image_packages() {
    command -v apt-get >/dev/null 2>&1 || fail "the image is made of Debian's packages, and there is no apt-get to fetch them"
    # apt lists the addresses of those files only that are not there yet
    mkdir -p "$debs/partial" "$debs/none/partial"
    resolved=$(mktemp -d "$debs/resolve.XXXXXX")
    : >"$resolved/nothing-installed"
    apt="apt-get -qq -y -o Dir::State::status=$resolved/nothing-installed
        -o APT::Install-Recommends=false -o APT::Sandbox::User= -o Debug::NoLocking=1"
    # apt and the packages are lists of words
    # shellcheck disable=SC2086
    $apt -o Dir::Cache::archives="$debs/none" --print-uris install $IMAGE_PACKAGES \
        >"$resolved/addresses" 2>"$debs/apt.log" &&
        $apt -o Dir::Cache::archives="$debs" --download-only install $IMAGE_PACKAGES \
            >>"$debs/apt.log" 2>&1 </dev/null || {
        rm -rf "$resolved"
        tail -n 5 "$debs/apt.log" >&2
        fail "the packages of the image could not be fetched; if the package lists are old: apt-get update." \
            "./flannel package deb needs none of them"
    }
    sed -n "s/^'[^']*' \([^ ]*\) .*/\1/p" "$resolved/addresses" >"$resolved/list"
    mv "$resolved/list" "$debs/list"
    rm -rf "$resolved"
}

# image_packages: prints the files that were fetched
image_packages() {
    list=$(cat "$debs/list" 2>/dev/null) || fail "$debs holds no packages for the image;" \
        "./flannel package, without --built, fetches them, and so does ./flannel test"
    for deb in $list; do
        [ -s "$debs/$deb" ] || fail "$debs/$deb is gone; ./flannel package, without --built, fetches it"
    done
    echo "$list"
}

# ---- the descriptions -----------------------------------------------------------------------------------------------

# add_layer NAME WORDS: puts the layer among the blobs and into the lists for write_image
add_layer() {
    content=$(digest_of "$image/$1.tar")
    gzip -n -c "-${GZIP_LEVEL:-6}" "$image/$1.tar" >"$image/$1.tar.gz"
    add_blob "$image/$1.tar.gz"
    layers="$layers${layers:+,}$(descriptor application/vnd.oci.image.layer.v1.tar+gzip)"
    files="$files${files:+,}\"blobs/sha256/$digest\""
    contents="$contents${contents:+,}\"sha256:$content\""
    history="$history${history:+,}{\"created\":\"@CREATED@\",\"created_by\":\"$2\"}"
    rm "$image/$1.tar"
}

# write_image TAG: the descriptions of the layers so far
write_image() {
    created=$(date -u -d "@$moment" +%Y-%m-%dT%H:%M:%SZ)
    cat >"$image/config.json" <<END
{"created":"$created","architecture":"$architecture","os":"linux",
"config":{"Entrypoint":["/opt/jflannel/bin/flanneld"],"WorkingDir":"/",
"Env":["PATH=/opt/jflannel/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
"Labels":{"org.opencontainers.image.title":"jflannel","org.opencontainers.image.version":"$version",
"org.opencontainers.image.licenses":"Apache-2.0"}},
"rootfs":{"type":"layers","diff_ids":[$contents]},
"history":[$(echo "$history" | sed "s/@CREATED@/$created/g")]}
END
    add_blob "$image/config.json"
    config_digest=$digest
    config=$(descriptor application/vnd.oci.image.config.v1+json)
    printf '[{"Config":"blobs/sha256/%s","RepoTags":["jflannel/flanneld:%s"],"Layers":[%s]}]' \
        "$digest" "$1" "$files" >"$image/oci/manifest.json"
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' \
        "$config" "$layers" >"$image/manifest"
    add_blob "$image/manifest"
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' \
        "$(descriptor application/vnd.oci.image.manifest.v1+json)" |
        sed "s|}]}\$|,\"annotations\":{\"org.opencontainers.image.ref.name\":\"$1\",\"io.containerd.image.name\":\"docker.io/jflannel/flanneld:$1\"}}]}|" \
            >"$image/oci/index.json"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$image/oci/oci-layout"
}

digest_of() {
    sha256sum "$1" | cut -d ' ' -f 1
}

# add_blob FILE: moves the file among the image's blobs, and sets digest and bytes for descriptor
add_blob() {
    digest=$(digest_of "$1")
    bytes=$(stat -c %s "$1")
    mv "$1" "$blobs/$digest"
}

# descriptor TYPE: of the blob that was added last
descriptor() {
    printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$1" "$digest" "$bytes"
}
