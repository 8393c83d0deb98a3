#!/bin/bash
# Runs inside the fresh root that ./run wheels --chroot makes: debs | wheels | tests.
set -euo pipefail
[ ! -e /srv/settings ] || . /srv/settings
odoo() { setpriv --reuid odoo --regid odoo --init-groups env HOME=/srv/odoo /opt/env/bin/odoo "$@"; }
psql_as_odoo() { setpriv --reuid odoo --regid odoo --init-groups psql -q -d collection -c "$1"; }

debs() {
  apt-get -q update
  apt-get -q install -y --no-install-recommends ca-certificates python3-venv postgresql \
    wkhtmltopdf fonts-liberation poppler-utils chromium
  useradd --system --create-home --home-dir /srv/odoo odoo
}
wheels() {
  python3 -m venv /opt/env
  local pip=(/opt/env/bin/python -m pip --disable-pip-version-check --no-cache-dir) site
  "${pip[@]}" install -q -r /srv/requirements/odoo-requirements.txt -r /srv/requirements/test-requirements.txt
  # Odoo is on no index: its folder, a record of it, its command
  site=$(/opt/env/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo /opt/odoo > "$site/odoo.pth"; mkdir -p "$site/odoo-19.0.dist-info"
  printf 'Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n' > "$site/odoo-19.0.dist-info/METADATA"
  printf '#!/opt/env/bin/python\nimport sys\nfrom odoo.cli import main\nsys.exit(main())\n' > /opt/env/bin/odoo
  chmod +x /opt/env/bin/odoo
  "${pip[@]}" install -q /srv/wheels/*.whl
  "${pip[@]}" list | grep -i debt
}
tests() {
  # a cluster that may be lost: speed
  printf "listen_addresses = ''\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n" \
    > "$(ls -d /etc/postgresql/*/main)/conf.d/tests.conf"
  pg_ctlcluster "$(ls /etc/postgresql)" main start
  setpriv --reuid postgres --regid postgres --init-groups createuser --createdb odoo
  local options=(-d collection --data-dir=/srv/odoo/data --http-interface=127.0.0.1 --http-port="$PORT"
    --gevent-port="$((PORT + 1))" --max-cron-threads=0 --stop-after-init) code=0
  odoo "${options[@]}" -i "$DEPS" --log-level=warn
  # the PDF engine fetches styles of an invoice from Odoo, which a test has locked: there
  # is nobody at this address, as where no server runs yet
  psql_as_odoo "insert into ir_config_parameter (key, value) values ('report.url', 'http://127.0.0.1:9')"
  odoo "${options[@]}" -i "$ADDONS" --test-tags "$TAGS" >/srv/odoo.log 2>&1 || code=$?
  grep -E ' (FAIL|ERROR): ' /srv/odoo.log || :
  grep -E 'tests? .*s, .* queries|failed, .* of .* tests' /srv/odoo.log | tail -n 8
  ! grep -F /debt-collection/ /srv/odoo.log || { echo "something of the checkout was used"; code=1; }
  return "$code"
}
cd /srv
"$1"
