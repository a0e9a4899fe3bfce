#!/bin/sh
# Installs what the namespace droplet (docs/droplet.md) needs and this machine lacks. Debian or Ubuntu, as root.
# Called by `make droplet` and by CI. A second run finds everything in place and is done in well under a second.
set -eu

say() { printf 'droplet: %s\n' "$*"; }
die() { say "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]; }
static_busybox() { has busybox && ! ldd "$(command -v busybox)" 2>/dev/null | grep -q '=>'; }
compose_v2() { has docker && docker compose version --short 2>/dev/null | grep -Eq '^v?([2-9]|[1-9][0-9])\.'; }
# shellcheck disable=SC1091 # not ours
distribution() { (. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}"); }

lacking() { # the packages of the commands that are not there
    has dockerd || echo docker.io
    has iptables || echo iptables
    has containerd || echo containerd
    has runc || echo runc
    has docker-registry || echo docker-registry
    has sshd || echo openssh-server
    has ssh || echo openssh-client
    has git || echo git
    has sudo || echo sudo
    has ufw || echo ufw
    static_busybox || echo busybox-static
    has ip || echo iproute2
    { has unshare && has nsenter && has setpriv; } || echo util-linux
    # what opens the pages that are made here (tests/browser)
    has chromium || has chromium-browser || has google-chrome || { case $(distribution) in *ubuntu*) echo chromium-browser ;; *) echo chromium ;; esac; }
    [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || echo fonts-dejavu-core
    # the programs of the runbook's six services (docs/droplet.md)
    has haproxy || echo haproxy
    has redis-server || echo redis-server
    has curl || echo curl
    [ -x /usr/bin/python3 ] || echo python3
    set -- /usr/lib/postgresql/*/bin/postgres && [ -x "$1" ] || echo postgresql
}

updated=
update() { # at most once, and only when something has to be fetched
    [ -n "$updated" ] || apt-get -qq update || die "apt-get update failed"
    updated=yes
}

quiet_install() { # never starts a service, and leaves none enabled that was not there before
    guard=/usr/sbin/policy-rc.d
    if [ -e "$guard" ]; then guard=; else printf '#!/bin/sh\nexit 101\n' >"$guard" && chmod 755 "$guard"; fi
    [ -z "$guard" ] || trap 'rm -f "$guard"' EXIT
    DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get -qq install -y --no-install-recommends "$@" >/dev/null ||
        die "apt-get install $* failed"
    [ -z "$guard" ] || rm -f "$guard"
    if [ -d /run/systemd/system ]; then
        for package in "$@"; do
            case $package in
            docker.io) systemctl -q disable docker.service docker.socket || true ;;
            containerd) systemctl -q disable containerd.service || true ;;
            docker-registry) systemctl -q disable docker-registry.service || true ;;
            openssh-server) systemctl -q disable ssh.service || true ;;
            haproxy | redis-server | postgresql) systemctl -q disable "$package.service" || true ;;
            esac
        done
    fi
}

suite_has_compose_v2() { # $1: package
    apt-cache policy "$1" 2>/dev/null | grep -Eq 'Candidate: ([0-9]+:)?[2-9]\.'
}

debian_mirror() { # where this machine's own main archive comes from
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian main //p' | head -n 1
}

compose_from() { # $1: a later Debian suite; takes the plugin out of its package, installs nothing else
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "no Debian archive among this machine's apt sources"
    work=$(mktemp -d)
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/out"
    chmod -R 755 "$work"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$work/sources.list"
    status=0
    (
        cd "$work/out"
        set -- -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
            -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
        apt-get "$@" update && apt-get "$@" download docker-compose && dpkg-deb -x docker-compose_*.deb tree &&
            install -D -m 755 tree/usr/libexec/docker/cli-plugins/docker-compose \
                /usr/local/lib/docker/cli-plugins/docker-compose
    ) || status=$?
    rm -rf "$work"
    [ "$status" = 0 ] && compose_v2
}

install_compose() {
    update
    for package in docker-compose-v2 docker-compose; do
        if suite_has_compose_v2 "$package"; then
            say "installing $package"
            quiet_install "$package"
            compose_v2 && return
        fi
    done
    for suite in sid trixie; do
        say "compose v2: taking the plugin from Debian $suite into /usr/local/lib/docker/cli-plugins"
        compose_from "$suite" && return
    done
    die "no Docker Compose v2 to be had; see docs/droplet.md"
}

[ "$(uname -s)" = Linux ] || die "needs Linux"
packages=$(lacking | tr '\n' ' ')
if [ -n "$packages" ] || ! has docker || ! compose_v2; then
    [ "$(id -u)" = 0 ] || die "must run as root to install: ${packages:-}compose v2"
    case $(distribution) in *debian* | *ubuntu*) ;; *) die "installs on Debian and Ubuntu only; lacking: $packages" ;; esac
fi
if [ -n "$packages" ]; then
    say "installing $packages"
    update
    # shellcheck disable=SC2086 # a list of packages
    quiet_install $packages
fi
has docker || { say "installing docker-cli" && update && quiet_install docker-cli; }
compose_v2 || install_compose
say "all parts are there: engine $(dockerd --version | sed 's/,.*//; s/.* //'), compose $(docker compose version --short)"
