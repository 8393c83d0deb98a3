# Sourced by ./run. Every step looks before it does: a second run only checks.
# Two places, both movable: STATE (this checkout's: environments, clusters, logs) and
# CACHE (shared by checkouts: Debian packages, unpacked Odoo, downloaded wheels).
set -euo pipefail
export LANG=C.UTF-8 LC_ALL=C.UTF-8
umask 022
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
STATE=$(realpath -m "${DC_STATE:-$ROOT/.state}")
CACHE=$(realpath -m "${DC_CACHE:-${XDG_CACHE_HOME:-${HOME:-$ROOT/.state}/.cache}/debt-collection}")
ADDONS=${DC_ADDONS:-"debt_collection debt_collection_be_legal debt_collection_portal"}
DEPS=${DC_DEPS:-account,portal,account_payment,account_qr_code_sepa,payment_demo}
TAG=$(printf %s "${DC_DB_TAG:-}" | tr -cd 'a-zA-Z0-9' | tr A-Z a-z)
LOGS=$STATE/log

# --- talking ---------------------------------------------------------------------

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
note() { printf '   %s\n' "$*" >&2; }
die() { # die WHAT [WHAT TO DO NEXT...]
  printf '\nerror: %s\n' "$1" >&2; shift
  local line; for line in "$@"; do printf '  -> %s\n' "$line" >&2; done
  exit 1
}
step() { # step TEXT SECONDS COMMAND... : says what runs, about how long, and how long it took
  local text=$1 about=$2 start=$SECONDS ticker; shift 2
  say "$text (about $about s)"
  ( trap 'exit 0' TERM; while { sleep 20 >/dev/null 2>&1 & wait $!; }; do note "... $((SECONDS - start)) s"; done ) 9>&- &
  ticker=$!
  # shellcheck disable=SC2064
  trap "kill $ticker 2>/dev/null || :" EXIT
  "$@"
  kill "$ticker" 2>/dev/null || :; wait "$ticker" 2>/dev/null || :
  trap - EXIT
  note "done in $((SECONDS - start)) s"
}
hash12() { sha256sum | cut -c1-12; }
isroot() { [ "$(id -u)" = 0 ]; }
tail_log() { [ -s "$1" ] && { note "the end of $1:"; tail -n "${2:-15}" "$1" >&2; } || :; }

lock() { # one set-up at a time in a folder; the descriptor is never given to a daemon
  exec 9>"$1/.lock"
  flock -n 9 || { note "another ./run is setting up in $1: waiting for it"; flock 9; }
}
unlock() { exec 9>&-; }

# --- the machine -----------------------------------------------------------------

need_space() { # need_space FOLDER MEGABYTES
  local free; free=$(($(df -Pk "$1" | awk 'NR==2{print $4}') / 1024))
  [ "$free" -ge "$2" ] || die "$1 has $free MB free, $2 MB are needed" \
    "free some space, or put it elsewhere: DC_STATE=FOLDER (this checkout) DC_CACHE=FOLDER (downloads)"
}
has_package() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
has() { # has WHAT : is this part of the machine there, packaged or not
  case $1 in
    venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null;;
    postgresql) [ -n "$(pg_bin)" ];;
    psql) command -v psql >/dev/null;;
    chromium) command -v chromium >/dev/null || command -v google-chrome >/dev/null;;
    fonts) has_package fonts-liberation || [ -n "$(fc-list 2>/dev/null | grep -m1 -i liberation)" ];;
    pdf) command -v wkhtmltopdf >/dev/null;;
    poppler) command -v pdftotext >/dev/null;;
    node) command -v node >/dev/null && command -v npm >/dev/null;;
  esac
}
package_of() {
  case $1 in
    venv) echo python3-venv;; postgresql) echo postgresql postgresql-client;;
    psql) echo postgresql-client;; fonts) echo fonts-liberation;; pdf) echo wkhtmltopdf;;
    poppler) echo poppler-utils;; node) echo nodejs npm;; *) echo "$1";;
  esac
}
need() { # need WHAT... : installs what is missing as root, else names the one command
  local what missing=()
  for what in "$@"; do
    # shellcheck disable=SC2207
    has "$what" || missing+=($(package_of "$what"))
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local command="apt-get install -y --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null || die "this machine lacks: ${missing[*]}" \
    "it has no apt-get: install them its own way and run again"
  isroot || die "this machine lacks: ${missing[*]}" "run once as root, then again as yourself:" \
    "sudo $command"
  need_space / 1200
  step "Debian packages: ${missing[*]}" 40 apt_install "${missing[@]}"
  for what in "$@"; do has "$what" || die "$what is still missing after: $command"; done
}
apt_install() {
  local log=$LOGS/apt.log conf=/etc/postgresql-common/createcluster.conf
  export DEBIAN_FRONTEND=noninteractive
  # the package would start a server of the machine's: ours are the only ones wanted
  case " $* " in *" postgresql "*) [ -e $conf ] || { mkdir -p "${conf%/*}"; echo 'create_main_cluster = false' > $conf; };; esac
  local get=(apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  : > "$log"
  [ -n "$(ls /var/lib/apt/lists/*Packages* 2>/dev/null)" ] && "${get[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1 9>&- && return 0
  "${get[@]}" update >>"$log" 2>&1 || { tail_log "$log"; die "the Debian archive does not answer" "look at the network, then run again"; }
  "${get[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1 9>&- || { tail_log "$log"; die "apt-get install failed" "the whole log: $log"; }
}
find_python() { # -> PYTHON, 3.11 to 3.13
  local py
  for py in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    "$py" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { PYTHON=$(command -v "$py"); return 0; }
  done
  die "Python 3.11, 3.12 or 3.13 is needed; found: $(python3 -V 2>&1 || echo none)" \
    "install one, or name it: PYTHON=/path/to/python3.11 ./run ..."
}

# --- Odoo ------------------------------------------------------------------------

fetch_odoo() { # -> ODOO, a folder holding odoo/: ODOO_SOURCE, an importable Odoo 19, our own copy
  if [ -n "${ODOO_SOURCE:-}" ]; then
    [ -f "$ODOO_SOURCE/odoo/release.py" ] || die "ODOO_SOURCE=$ODOO_SOURCE holds no odoo/release.py" \
      "give the folder of an Odoo 19.0 checkout, or leave it out"
    ODOO=$(cd "$ODOO_SOURCE" && pwd)
  elif ! ODOO=$(cd / && "$PYTHON" -c 'import odoo.release as r, os; assert r.version_info[0] == 19; print(os.path.dirname(os.path.dirname(os.path.abspath(r.__file__))))' 2>/dev/null); then
    ODOO=$CACHE/odoo-19/usr/lib/python3/dist-packages
    if [ ! -f "$CACHE/odoo-19/.complete" ]; then
      lock "$CACHE"
      [ -f "$CACHE/odoo-19/.complete" ] || step "Odoo 19 from the Debian archive, 132 MB, once" 50 fetch_odoo_deb
      unlock
    fi
  fi
  grep -q '^version_info = (19, 0' "$ODOO/odoo/release.py" || die "$ODOO is not Odoo 19.0"
}
other_way="the other way: ODOO_SOURCE=/path/to/a/checkout/of/odoo/19.0 ./run ..."
private_apt() { # -> apt: apt-get with lists and sources of its own, works as any user
  local A=$1 mirror codename; codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mkdir -p "$A"/{lists/partial,archives/partial,etc/empty}
  mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' |
    awk -F'|' -v c="$codename" '$2==c && $3=="main"{print $1; exit}')
  [ -n "$mirror" ] || die "this machine's apt sources name no Debian archive for '$codename'" "$other_way"
  printf 'Types: deb\nURIs: %s\nSuites: %s sid\nComponents: main\nArchitectures: %s\nSigned-By: %s\n' \
    "$mirror" "$codename" "$(dpkg --print-architecture)" /usr/share/keyrings/debian-archive-keyring.gpg > "$A/etc/odoo.sources"
  # what the machine's own release has comes from there; only the rest from sid
  printf 'Package: *\nPin: release n=sid\nPin-Priority: 100\n' > "$A/etc/preferences"
  : > "$A/etc/status"
  apt_options=(-q -o Dir::Etc::sourcelist="$A/etc/odoo.sources" -o Dir::Etc::sourceparts="$A/etc/empty"
    -o Dir::Etc::preferences="$A/etc/preferences" -o Dir::Etc::preferencesparts="$A/etc/empty"
    -o Dir::State="$A" -o Dir::State::Lists="$A/lists" -o Dir::State::status="$A/etc/status"
    -o Dir::Cache="$A" -o Dir::Cache::archives="$A/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Update::Error-Mode=any -o APT::Sandbox::User="$(id -un)")
}
fetch_odoo_deb() {
  command -v apt-get >/dev/null || die "no Odoo 19 here, and no apt-get to fetch it with" "$other_way"
  need_space "$CACHE" 1500
  local A=$CACHE/apt apt_options=() packages=(odoo-19 fonts-font-awesome fonts-inconsolata fonts-montserrat
    fonts-ocr-b fonts-roboto-unhinted libjs-jquery libjs-jquery-form libjs-underscore)
  private_apt "$A"
  apt-get "${apt_options[@]}" update >"$A/log" 2>&1 || { tail_log "$A/log"
    ! grep -q 'is expired' "$A/log" || die "the index of this Debian mirror is older than it may be" \
      "see that the clock is right ($(date +%F)), or name a mirror that is up to date in /etc/apt/sources.list" "$other_way"
    die "the Debian archive does not answer" "look at the network, then run again" "$other_way"; }
  (cd "$A/archives" && apt-get "${apt_options[@]}" download "${packages[@]}" >>"$A/log" 2>&1) ||
    { tail_log "$A/log"; die "Odoo 19 could not be downloaded" "run again: it goes on where it stopped" "$other_way"; }
  (cd "$A/archives" && check_debs "${packages[@]}") ||
    { rm -f "$A"/archives/*.deb; die "a package does not have the hash that the signed index gives" "run again: it is fetched anew"; }
  unpack_odoo "$A/archives" "$CACHE/odoo-19.part"
  rm -rf "$CACHE/odoo-19"; mv "$CACHE/odoo-19.part" "$CACHE/odoo-19"
  rm -rf "$A/lists"
}
check_debs() { # apt skips a file that is there with the right size: compare every hash again
  local p f hash
  for p in "$@"; do
    f=$(ls -t "${p}"_*.deb | head -1)
    hash=$(apt-cache "${apt_options[@]:1}" show "$(dpkg-deb -f "$f" Package)=$(dpkg-deb -f "$f" Version)" | awk '$1=="SHA256:"{print $2; exit}')
    echo "$hash  $f"
  done | sha256sum -c --quiet
}
unpack_odoo() { # unpack_odoo DEBS DESTINATION
  local d=$2 f missing stub; rm -rf "$d"; mkdir -p "$d"
  for f in "$1"/*.deb; do
    case ${f##*/} in
      # beside it lies a folder of addons without their data: not taken. Nor most languages
      odoo-19_*) dpkg-deb --fsys-tarfile "$f" | tar -x -C "$d" --no-same-owner --wildcards \
        --exclude='*/i18n/[!dfn]*.po' ./usr/lib/python3/dist-packages/odoo;;
      *) dpkg-deb --fsys-tarfile "$f" | tar -x -C "$d" --no-same-owner --exclude='./usr/share/doc*';;
    esac
  done
  missing=$(find "$d" -xtype l); [ -z "$missing" ] || die "links to nowhere: $missing" "$other_way"
  stub=$d/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation
  [ -e "$stub/selfie_segmentation.js" ] || { mkdir -p "$stub"
    echo '/* not in the Debian package; only the background blur of video calls needs it */' > "$stub/selfie_segmentation.js"; }
  touch "$d/.complete"
}

# --- Python environments -----------------------------------------------------------

new_venv() { # new_venv FOLDER : made anew when Python or Odoo's place changed
  local base; base=$({ "$PYTHON" -VV; echo "$PYTHON ${ODOO:-}"; } | hash12)
  [ "$(cat "$1/.base" 2>/dev/null)" = "$base" ] && return 0
  rm -rf "$1"
  "$PYTHON" -m venv "$1" || die "python3 -m venv failed" "as root: apt-get install python3-venv"
  "$1/bin/python" -m pip install -q --disable-pip-version-check uv >"$LOGS/pip.log" 2>&1 || :
  echo "$base" > "$1/.base"
}
pip_install() { # pip_install VENV REQUIREMENTS... : uv where it could be had, pip otherwise
  local v=$1 files=() f; shift; for f in "$@"; do files+=(-r "$f"); done
  UV_CACHE_DIR=$CACHE/uv "$v/bin/uv" pip install -q --python "$v/bin/python" "${files[@]}" >"$LOGS/pip.log" 2>&1 ||
    "$v/bin/python" -m pip install -q --disable-pip-version-check "${files[@]}" >>"$LOGS/pip.log" 2>&1 ||
    { tail_log "$LOGS/pip.log"; die "the Python packages could not be installed" "look at the network, then run again: it goes on where it stopped"; }
}
venv() { # -> VENV, with Odoo's packages, ours and the tests', and Odoo itself importable
  VENV=$STATE/venv
  local files=("$ROOT"/setup/dev/odoo-requirements.txt "$ROOT"/requirements.txt "$ROOT"/test-requirements.txt) key
  key=$({ "$PYTHON" -VV; echo "$PYTHON $ODOO"; cat "${files[@]}"; } | hash12)
  [ "$(cat "$VENV/.key" 2>/dev/null)" = "$key" ] && return 0
  need venv; need_space "$STATE" 1500
  step "Python packages" 30 make_venv "${files[@]}"
  echo "$key" > "$VENV/.key"
}
make_venv() {
  new_venv "$VENV"; pip_install "$VENV" "$@"; install_odoo
}
install_odoo() { # Odoo is not on the package index: a distribution record of our own, a path, a command
  local site info; site=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  info=$site/odoo-19.0.dist-info; mkdir -p "$info"
  echo "$ODOO" > "$site/odoo-19.pth"
  printf 'Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n' > "$info/METADATA"
  printf 'Wheel-Version: 1.0\nGenerator: setup\nRoot-Is-Purelib: true\nTag: py3-none-any\n' > "$info/WHEEL"
  echo setup > "$info/INSTALLER"; printf 'odoo-19.0.dist-info/METADATA,,\n' > "$info/RECORD"
  printf '#!%s\nimport sys\nfrom odoo.cli import main\nsys.exit(main())\n' "$VENV/bin/python" > "$VENV/bin/odoo"
  chmod +x "$VENV/bin/odoo"
  "$VENV/bin/odoo" --version >/dev/null 2>"$LOGS/odoo-version.log" || { tail_log "$LOGS/odoo-version.log" 5; die "Odoo does not start" "./run clean, then run again"; }
}

# --- PostgreSQL ----------------------------------------------------------------------

pg_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -Vr | head -1 || :; }
read_database_url() { # Odoo does not know DATABASE_URL: say it in the words it knows
  [ -n "${DATABASE_URL:-}" ] && [ -z "${PGHOST:-}" ] || return 0
  eval "$("$PYTHON" - <<'PY'
import os, shlex
from urllib.parse import parse_qs, unquote, urlsplit
url = urlsplit(os.environ["DATABASE_URL"])
query = {k: v[0] for k, v in parse_qs(url.query).items()}
found = {
    "PGHOST": query.get("host") or unquote(url.hostname or ""),
    "PGPORT": str(url.port or query.get("port", "")),
    "PGUSER": unquote(url.username or ""),
    "PGPASSWORD": unquote(url.password or ""),
}
print("".join(f"export {k}={shlex.quote(v)};" for k, v in found.items() if v))
PY
)"
}
pg_places() { # pg_places demo|test -> pg_data pg_sock pg_as : where the cluster lives, and as whom
  local base=$STATE
  pg_as=()
  if isroot; then
    pg_as=(runuser -u postgres --)
    # the server's user may not be able to reach a checkout below a closed folder
    (cd / && runuser -u postgres -- test -x "$STATE") || { base=/var/lib/debt-collection-$(printf %s "$STATE" | hash12); mkdir -p "$base"; chmod 755 "$base"; }
  fi
  pg_data=$base/pg-$1; pg_sock=$base/run-$1
  # a socket's path may have 107 characters
  [ ${#pg_sock} -le 80 ] || pg_sock=$(dirname "$(mktemp -u)")/dc-$(id -u)-$(printf %s "$pg_data" | hash12)
}
pg_start() { # pg_start demo|test -> PGHOST PGPORT PGUSER; a given PGHOST or DATABASE_URL is used as it is
  read_database_url
  if [ -n "${PGHOST:-}" ] && [ -z "${DC_OWN_PG:-}" ]; then
    need psql
    psql -qAtX -d postgres -c 'select 1' >/dev/null 2>"$LOGS/psql.log" || { tail_log "$LOGS/psql.log" 3
      die "PGHOST=$PGHOST does not answer" "start that server, or unset PGHOST and DATABASE_URL for a cluster of our own"; }
    : "${TAG:=$(printf %s "$STATE" | hash12 | cut -c1-6)}"  # others may use this server too
    return 0
  fi
  need postgresql
  local bin pg_data pg_sock pg_as port=54400; bin=$(pg_bin); pg_places "$1"
  mkdir -p "$pg_data" "$pg_sock"; chmod 700 "$pg_data" "$pg_sock"
  ! isroot || chown postgres: "$pg_data" "$pg_sock"
  [ -s "$pg_data/PG_VERSION" ] && [ -f "$pg_data/.complete" -o -f "$pg_data/postmaster.opts" ] || step "a PostgreSQL cluster in $pg_data" 4 pg_init "$1"
  if ! (cd / && "${pg_as[@]}" "$bin/pg_ctl" -D "$pg_data" status >/dev/null 2>&1); then
    (cd / && "${pg_as[@]}" "$bin/pg_ctl" -D "$pg_data" -l "$pg_data/server.log" -w -t 60 start >/dev/null 9>&-) || {
      tail -5 "$pg_data/server.log" >&2; die "PostgreSQL did not start" "the whole log: $pg_data/server.log" "./run clean begins anew"; }
  fi
  export PGHOST=$pg_sock PGPORT=$port DC_OWN_PG=1 PATH=$bin:$PATH
  [ "$(psql -U postgres -qAtX -d postgres -c "select 1 from pg_roles where rolname='odoo'")" = 1 ] || createuser -U postgres --createdb odoo
  export PGUSER=odoo
  : "${TAG:=main}"
}
pg_init() {
  need_space "${pg_data%/*}" 1500
  find "$pg_data" -mindepth 1 -delete
  (cd / && "${pg_as[@]}" "$bin/initdb" -D "$pg_data" -U postgres -E UTF8 --locale=C.UTF-8 -A trust --no-instructions >"$LOGS/initdb.log" 2>&1) ||
    { tail_log "$LOGS/initdb.log"; die "initdb failed" "the whole log: $LOGS/initdb.log"; }
  { # trust is safe behind a socket in a closed folder; no port is opened
    printf "listen_addresses = ''\nunix_socket_directories = '%s'\nport = %s\nmax_connections = 60\nshared_buffers = 256MB\n" "$pg_sock" "$port"
    # a test cluster may be lost at any time: speed
    [ "$1" != test ] || printf 'fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nwal_level = minimal\nmax_wal_senders = 0\nmax_wal_size = 2GB\n'
  } | (cd / && "${pg_as[@]}" tee -a "$pg_data/postgresql.conf" >/dev/null)
  (cd / && "${pg_as[@]}" touch "$pg_data/.complete")
}
pg_stop() {
  local bin pg_data pg_sock pg_as; bin=$(pg_bin); [ -n "$bin" ] || return 0
  pg_places "$1"
  ! (cd / && "${pg_as[@]}" test -s "$pg_data/PG_VERSION" 2>/dev/null) || (cd / && "${pg_as[@]}" "$bin/pg_ctl" -D "$pg_data" -m fast -w stop >/dev/null 2>&1) || :
}
pg_destroy() {
  local pg_data pg_sock pg_as
  pg_stop "$1"; pg_places "$1"
  rm -rf "$pg_data" "$pg_sock"; rmdir "${pg_data%/*}" 2>/dev/null || :
}

# --- databases -----------------------------------------------------------------------

db_exists() { [ "$(psql -qAtX -d postgres -c "select 1 from pg_database where datname='$1'")" = 1 ]; }
db_drop() { dropdb --if-exists --force "$1" 2>/dev/null || :; rm -rf "$DATA/filestore/$1"; }
db_clone() { # db_clone FROM TO : the filestore is not in the database
  createdb -T "$1" "$2"
  mkdir -p "$DATA/filestore"; rm -rf "$DATA/filestore/$2"
  [ ! -d "$DATA/filestore/$1" ] || cp -a "$DATA/filestore/$1" "$DATA/filestore/$2"
}
db_rename() {
  rm -rf "$DATA/filestore/$2"; [ ! -d "$DATA/filestore/$1" ] || mv "$DATA/filestore/$1" "$DATA/filestore/$2"
  psql -qX -d postgres -c "alter database \"$1\" rename to \"$2\""
}
db_drop_others() { # db_drop_others PREFIX KEEP : older ones of the same name
  local old
  # tests that go on keep databases of their own that nobody is connected to now and then
  exec 8>>"$STATE/tests.lock"
  flock -n -x 8 || { exec 8>&-; return 0; }
  for old in $(psql -qAtX -d postgres -c "select datname from pg_database where datname ~ '^$1(_|\$)' and datname !~ '^$2'"); do
    # one that is in use belongs to a run that goes on: left for next time
    ! dropdb "$old" 2>/dev/null || rm -rf "$DATA/filestore/$old"
  done
  exec 8>&-
}
write_conf() { # write_conf FILE PORT CRON [LINE...]
  local file=$1 port=$2 cron=$3; shift 3
  { printf '[options]\naddons_path = %s\ndata_dir = %s\n' "$ROOT" "$DATA"
    printf 'http_interface = 127.0.0.1\nhttp_port = %s\ngevent_port = %s\nlist_db = False\nmax_cron_threads = %s\n' "$port" "$((port + 1))" "$cron"
    [ $# = 0 ] || printf '%s\n' "$@"
  } > "$file"
}
odoo() { # odoo LOG ARGUMENTS... : one quiet run of Odoo, its log kept, its warnings refused
  local log=$1; shift
  "$VENV/bin/odoo" "$@" --stop-after-init --log-level=info >"$log" 2>&1 </dev/null ||
    { tail_log "$log" 40; die "Odoo failed" "the whole log: $log"; }
  "$VENV/bin/python" "$ROOT/setup/dev/check_log.py" "$log" || die "Odoo's log has warnings (above)" "the whole log: $log" \
    "mend what is ours; what is not goes to setup/dev/log-allowed.txt with its reason"
}
odoo_shell() { # odoo_shell DATABASE SCRIPT
  "$VENV/bin/odoo" shell -c "$CONF" -d "$1" --no-http --log-level=warn < "$2"
}
addons_here() { local a; for a in $ADDONS; do [ ! -f "$ROOT/$a/__manifest__.py" ] || echo "$a"; done; }
addons_files() { # addons_files [FIND OPTIONS] : what a database depends on, NUL between: all but tests and prose
  local a; for a in $ADDONS; do [ ! -d "$a" ] || find "$a" -type f \
    ! -path '*/tests/*' ! -path '*/readme/*' ! -path '*/__pycache__/*' ! -name '*.rst' ! -name '*.pot' ! -name 'index.html' "$@" -print0; done
}
addons_hash() { (cd "$ROOT" && addons_files | sort -z | xargs -0 -r sha256sum) | hash12; }
addons_shape() { # the same for tests: neither demo data nor translations, and no body of a method
  (cd "$ROOT" && addons_files ! -path '*/demo/*' ! -path '*/i18n/*' | "$VENV/bin/python" setup/dev/shape.py)
}
base_hash() { { cat "$ODOO/odoo/release.py"; echo "$DEPS $STATE ${PGHOST:-} ${PGPORT:-}"; cat "$ROOT"/setup/dev/odoo-requirements.txt; } | hash12; }
assets() { # the bundles compiled once: a test rolls its own compilation back
  odoo_shell "$1" "$ROOT/setup/dev/assets.py" >"$LOGS/assets.log" 2>&1 || { tail_log "$LOGS/assets.log" 30; die "the asset bundles do not compile" "the whole log: $LOGS/assets.log"; }
}
make_template() { # make_template NAME [ODOO OPTIONS] : what our addons depend on, without them
  local name=$1; shift
  need_space "$STATE" 1000
  db_drop "$name.part"
  "$VENV/bin/odoo" -c "$CONF" -d "$name.part" -i "$DEPS" "$@" --stop-after-init --log-level=warn >"$LOGS/$name.log" 2>&1 </dev/null ||
    { tail_log "$LOGS/$name.log" 30; die "the database of the dependencies could not be made" "the whole log: $LOGS/$name.log"; }
  [ -z "${AFTER:-}" ] || "$AFTER" "$name.part"
  assets "$name.part"
  db_rename "$name.part" "$name"
}
make_database() { # make_database TEMPLATE NAME [ODOO OPTIONS] : our addons in a clone, no warning in the log
  local from=$1 name=$2; shift 2
  need_space "$STATE" 700
  db_drop "$name.part"; db_clone "$from" "$name.part"
  odoo "$LOGS/install-${name%_*}.log" -c "$CONF" -d "$name.part" -i "$(addons_here | paste -sd,)" "$@"
  [ "${ASSETS:-now}" = later ] || assets "$name.part"
  db_rename "$name.part" "$name"
}
free_port() { # free_port FIRST : the first free pair of ports from there
  "$PYTHON" - "$1" <<'PY'
import socket, sys
def free(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0
print(next(p for p in range(int(sys.argv[1]), 60000, 2) if free(p) and free(p + 1)))
PY
}
