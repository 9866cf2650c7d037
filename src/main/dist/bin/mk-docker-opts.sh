#!/bin/sh
# Turns the subnet file of flanneld into options for the Docker daemon.
# The subnet file is read, never executed: only three of its variables are of interest, and only as plain words.

usage() {
    cat >&2 <<END
$0 [-f FLANNEL-ENV-FILE] [-d DOCKER-ENV-FILE] [-i] [-c] [-m] [-r] [-k COMBINED-KEY]

Generates options for the Docker daemon from the subnet file of flanneld.

  -f FILE  the subnet file (default /run/flannel/subnet.env)
  -d FILE  where to write the options (default /run/docker_opts.env)
  -i       write each option as a variable of its own, such as DOCKER_OPT_MTU
  -c       write all options as one variable; without -i and -c both are written
  -m       leave out --ip-masq
  -r       add --allow-direct-routing, which Docker 28.2 and newer need to let packets of other hosts in
  -k NAME  name of the variable with all options (default DOCKER_OPTS)
END
    exit 1
}

fail() {
    echo "$0: $1" >&2
    exit 1
}

# The value of variable $1 in the subnet file: the last one given, without quotes.
value() {
    sed -n "s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1=//p" "$flannel_env" | tail -n 1 |
        sed -e 's/[[:space:]]*$//' -e 's/^"\([^"]*\)".*$/\1/' -e "s/^'\([^']*\)'.*$/\1/" -e 's/[[:space:]]\{1,\}#.*$//'
}

# Accepts the word $2 for variable $1 only if it consists of the characters in $3: it is going to be part of a command line.
plain() {
    case $2 in
    *[!$3]*) fail "$flannel_env: Invalid value of $1: $2" ;;
    esac
}

flannel_env=/run/flannel/subnet.env
docker_env=/run/docker_opts.env
combined_key=DOCKER_OPTS
single=false
combined=false
with_masquerade=true
with_direct_routing=false

while getopts f:d:icmrk:h option; do
    case $option in
    f) flannel_env=$OPTARG ;;
    d) docker_env=$OPTARG ;;
    i) single=true ;;
    c) combined=true ;;
    m) with_masquerade=false ;;
    r) with_direct_routing=true ;;
    k) combined_key=$OPTARG ;;
    *) usage ;;
    esac
done

case $combined_key in
'' | [0-9]* | *[!A-Za-z0-9_]*) fail "-k: not the name of a variable: $combined_key" ;;
esac

if ! $single && ! $combined; then
    single=true
    combined=true
fi

subnet=
if [ -f "$flannel_env" ]; then
    subnet=$(value FLANNEL_SUBNET)
    mtu=$(value FLANNEL_MTU)
    masquerades=$(value FLANNEL_IPMASQ)
    plain FLANNEL_SUBNET "$subnet" 0-9./
    plain FLANNEL_MTU "$mtu" 0-9
    [ -z "$subnet" ] || export "DOCKER_OPT_BIP=--bip=$subnet"
    [ -z "$mtu" ] || export "DOCKER_OPT_MTU=--mtu=$mtu"
    ! $with_direct_routing || export DOCKER_OPT_DIRECT=--allow-direct-routing
    if $with_masquerade; then
        # exactly one of the two may masquerade
        case $masquerades in
        true) export DOCKER_OPT_IPMASQ=--ip-masq=false ;;
        false) export DOCKER_OPT_IPMASQ=--ip-masq=true ;;
        '') ;;
        *) fail "$flannel_env: Invalid value of FLANNEL_IPMASQ: $masquerades" ;;
        esac
    fi
fi

# Names are taken from the environment with their =, and must be set: a value with line breaks cannot pretend to be a
# variable. What is evaluated below is a name of letters, digits and underscores.
names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | grep DOCKER_OPT_ | LC_ALL=C sort -u)
eval "all=\${$combined_key:-}"

lines=
for name in $names; do
    eval "is_set=\${$name+yes} word=\${$name:-}"
    [ "$is_set" = yes ] || continue
    lines="$lines$name=\"$word\"
"
    all="$all $word"
done
$single || lines=
! $combined || lines="$lines$combined_key=\"$all\"
"

printf %s "$lines" >"$docker_env" || fail "$docker_env cannot be written"

# A route to this node's own subnet through another node: Docker would take the same addresses for its bridge.
if [ -n "$subnet" ] && command -v ip >/dev/null; then
    address=${subnet%/*}
    last=${address##*.}
    case $last in
    '' | *[!0-9]*) fail "$flannel_env: Invalid value of FLANNEL_SUBNET: $subnet" ;;
    esac
    network=${address%.*}.$((last - 1))/${subnet##*/}
    if ip route | awk -v network="$network" '$1 == network && / via / { found = 1 } END { exit !found }'; then
        fail "there is already a route for $network by way of another node (see: ip route)"
    fi
fi
