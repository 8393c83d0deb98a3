# Sourced by ./run: a fresh Debian 12, PostgreSQL, Odoo and our wheels in it, every test.
# Nothing of the checkout and nothing of this machine's environment is inside.

RELEASE=bookworm
chroot_wheels() { # chroot_wheels [TEST TAGS] : the tags are Odoo's; all tests of the addons without them
  local root tags=${1:-$(addons_here | sed 's#^#/#' | paste -sd,)}
  isroot || die "a fresh root needs root" "run it as root: sudo ./run wheels --chroot"
  command -v debootstrap >/dev/null || { need_space / 200; step "Debian packages: debootstrap" 10 apt_install debootstrap; }
  unshare --mount --pid --fork true 2>"$LOGS/unshare.log" || die "this machine grants no namespaces of its own" \
    "run it where unshare(1) works: on a real or a virtual machine"
  find_python; fetch_odoo
  need_space "$STATE" 4000
  root=$STATE/chroot; rm -rf "$root"
  step "a fresh Debian $RELEASE" 90 chroot_base "$root"
  step "PostgreSQL, the PDF engine, a browser in it" 120 chroot_run "$root" debs
  chroot_files "$root" "$tags"
  step "Odoo's packages and our wheels in it" 90 chroot_run "$root" wheels
  step "every test of the addons in it" 3600 chroot_tests "$root"
  rm -rf "$root"
}
chroot_tests() { # chroot_tests FOLDER : Odoo's own log of them is kept
  local code=0
  chroot_run "$1" tests || code=$?
  cp "$1/srv/odoo.log" "$LOGS/chroot-odoo.log" 2>/dev/null || :
  return "$code"
}
chroot_base() { # chroot_base FOLDER : debootstrap from the archive that this machine uses
  local mirror; mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' |
    awk -F'|' -v c="$RELEASE" '$2==c && $3=="main"{print $1; exit}')
  [ -n "$mirror" ] || die "this machine's apt sources name no Debian archive for $RELEASE"
  mkdir -p "$CACHE/debootstrap"
  debootstrap --variant=minbase --cache-dir="$CACHE/debootstrap" "$RELEASE" "$1" "$mirror" >"$LOGS/debootstrap.log" 2>&1 ||
    { tail_log "$LOGS/debootstrap.log"; die "debootstrap failed" "the whole log: $LOGS/debootstrap.log"; }
  # how this machine reaches the archives, and whom it trusts there
  cp /etc/resolv.conf "$1/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"; chmod +x "$1/usr/sbin/policy-rc.d"
  cp "$ROOT/setup/dev/chroot_inside.sh" "$1/srv/inside.sh"
}
chroot_files() { # chroot_files FOLDER TAGS : Odoo, our wheels, the lists of packages
  mkdir -p "$1/opt/odoo" "$1/srv/wheels" "$1/srv/requirements"
  cp -rL "$ODOO/odoo" "$1/opt/odoo/"
  cp "$STATE"/dist/*.whl "$1/srv/wheels/"
  cp "$ROOT"/setup/dev/odoo-requirements.txt "$ROOT"/test-requirements.txt "$1/srv/requirements/"
  [ ! -s "${PIP_CERT:-/none}" ] || cat "$PIP_CERT" > "$1/etc/ssl/certs/ca-certificates.crt"
  printf 'DEPS=%s\nADDONS=%s\nTAGS=%s\nPORT=%s\n' "$DEPS" "$(addons_here | paste -sd,)" "$2" "$(free_port 18470)" > "$1/srv/settings"
}
chroot_run() { # chroot_run FOLDER WHAT : in namespaces of its own, so that nothing of it outlives it
  local log=$LOGS/chroot-$2.log
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/srv DEBIAN_FRONTEND=noninteractive \
    unshare --mount --pid --fork --kill-child bash -c '
      mount --make-rprivate / && mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
      mount -t tmpfs tmpfs "$1/dev/shm" && chroot "$1" bash /srv/inside.sh "$2"' - "$1" "$2" >"$log" 2>&1 ||
    { tail_log "$log" 40; note "the whole log: $log; the root is left in $1"; return 1; }
  tail -n 3 "$log" | sed 's/^/   /' >&2
}
