# Sourced by ./run: lint checks and changes nothing, fmt mends what a tool can mend.

lint_tools() { # -> LINT, NODE_MODULES
  find_python
  need venv node
  LINT=$STATE/lint NODE=$STATE/lint/node ODOO=
  local key; key=$({ "$PYTHON" -VV; node --version; cat "$ROOT"/setup/dev/lint-requirements.txt "$ROOT"/setup/dev/package*.json; } | hash12)
  lock "$STATE"
  [ "$(cat "$LINT/.key" 2>/dev/null)" = "$key" ] || { need_space "$STATE" 400; step "style tools" 20 make_lint; echo "$key" > "$LINT/.key"; }
  unlock
  # prettier's plugin is looked up from the checkout, where no node_modules is
  export NODE_PATH=$NODE/node_modules PATH=$LINT/bin:$NODE/node_modules/.bin:$PATH
}
make_lint() {
  new_venv "$LINT"; pip_install "$LINT" "$ROOT/setup/dev/lint-requirements.txt"
  mkdir -p "$NODE"; cp "$ROOT"/setup/dev/package.json "$ROOT"/setup/dev/package-lock.json "$NODE"/
  (cd "$NODE" && npm ci --no-audit --no-fund >"$LOGS/npm.log" 2>&1) ||
    { tail_log "$LOGS/npm.log"; die "prettier and eslint could not be installed" "look at the network, then run again"; }
}
files() { # files PATTERN... : the checkout's files, tracked or new, NUL between
  local f; git ls-files -co --exclude-standard -z -- "$@" | while IFS= read -r -d '' f; do [ ! -e "$f" ] || printf '%s\0' "$f"; done
}
each() { # each COMMAND... : with the file names that come in, unless none does
  xargs -0 -r "$@"
}
failures=0
check() { # check NAME COMMAND... : all of them run, the sum decides
  local name=$1 out code=0; shift
  out=$("$@" 2>&1) || code=$?
  if [ "$code" = 0 ]; then note "ok    $name${out:+ ($(tail -n 1 <<<"$out" | cut -c1-90))}"
  else note "FAIL  $name"; sed 's/^/        /' <<<"$out" >&2; failures=$((failures + 1)); fi
}

hygiene() {
  local bad=0
  files ':!*.po' ':!*.pot' ':!*.csv' ':!*.tsv' ':!LICENSE' ':!*.png' ':!*.jpg' ':!*.pdf' ':!*.ico' ':!*.woff*' | each grep -InE '[[:space:]]+$' && { echo "white space at the end of lines"; bad=1; }
  files '*.xml' '*.svg' | each check-xml || bad=1
  files '*.py' | each check-docstring-first || bad=1
  files '*.py' | each debug-statement-hook || bad=1
  files | each check-case-conflict || bad=1
  files | each check-symlinks || bad=1
  files ':!*.rst' | each check-merge-conflict || bad=1
  files '*.json' | each check-json || bad=1
  files ':!*.png' ':!*.jpg' ':!*.pdf' | each grep -Il $'\r' && { echo "line ends of another system"; bad=1; }
  local f; while IFS= read -r -d '' f; do [ ! -s "$f" ] || [ -z "$(tail -c1 "$f" | tr -d '\n')" ] || { echo "$f: no line end at the end"; bad=1; }; done \
    < <(files ':!*.png' ':!*.jpg' ':!*.pdf' ':!*.ico' ':!*.woff*')
  while IFS= read -r -d '' f; do [[ $(head -c2 "$f") == '#!' ]] || { [ ! -x "$f" ] || { echo "$f: executable, but no script"; bad=1; }; }; done < <(files)
  return "$bad"
}
foreign_names() { # nothing may name the host of a package registry, or a folder of one machine
  local hosts='deb\.d[e]bian|security\.d[e]bian|p[y]pi\.org|p[y]thonhosted|npmj[s]\.|registry\.n[p]m|proxy\.g[o]lang|crates\.i[o]' sites
  sites=$({ apt-get indextargets --format '$(SITE)' 2>/dev/null; npm config get registry 2>/dev/null; "$PYTHON" -m pip config get global.index-url 2>/dev/null || :; } |
    sed -E 's#^[a-z]+://([^/@]*@)?##; s#[/:].*##' | sort -u | grep -E '[a-z]\.[a-z]' | sed 's/\./\\./g' | paste -sd'|' - || :)
  ! files ':!*.png' ':!*.jpg' ':!*.pdf' | each grep -InE "$hosts${sites:+|$sites}" || { echo "hosts of package registries"; return 1; }
  ! files ':!*.png' ':!*.jpg' ':!*.pdf' ':!LICENSE' | each grep -InE '(^|[^A-Za-z0-9_.$}*-])/(home|ro[o]t|wo[r]k|tm[p]|Users)/[A-Za-z0-9._-]' || { echo "paths of one machine"; return 1; }
}
packaging() {
  local a p bad=0; for a in $(addons_here); do
    for p in README.rst pyproject.toml static/description/icon.png static/description/index.html readme/DESCRIPTION.rst i18n/"$a".pot; do [ -s "$a/$p" ] || { echo "$a/$p is missing"; bad=1; }; done
  done
  return "$bad"
}
wheels() { # wheels [FOLDER] : the addons and the package that installs them all
  local a out=${1:-$STATE/dist}; rm -f "$out"/*.whl; for a in $(addons_here) setup/_metapackage; do
    WHOOL_POST_VERSION_STRATEGY_OVERRIDE=none python -m build --wheel --no-isolation -o "$out" "$a" >"$LOGS/wheel.log" 2>&1 || { tail -n 5 "$LOGS/wheel.log"; return 1; }
    [ "$a" != setup/_metapackage ] || rm -rf setup/_metapackage/{build,*.egg-info}
  done
  ls "$out" | paste -sd' '
}
scripts() { bash -n run && bash -n setup/dev/lib.sh && bash -n setup/dev/lint.sh && bash -n setup/dev/chroot.sh && bash -n setup/dev/chroot_inside.sh && bash -n .ci/run; }

lint() {
  lint_tools; cd "$ROOT"
  local addons odoo_addons=()
  fetch_odoo; [ -d "$ODOO/odoo/addons" ] && odoo_addons=("$ODOO/odoo/addons"); [ ! -d "$ODOO/addons/account" ] || odoo_addons+=("$ODOO/addons")
  odoo_addons=$(IFS=,; echo "${odoo_addons[*]}")
  mapfile -t addons < <(addons_here)
  check "scripts parse" scripts
  check "files: white space, ends, XML, conflicts" hygiene
  check "no registry host, no path of one machine" foreign_names
  check "ruff check" ruff check --no-fix --quiet --output-format concise .
  check "ruff format" ruff format --check .
  check "prettier" prettier_on --check
  check "eslint" eslint_on
  check "pylint-odoo, mandatory list" pylint --rcfile=.pylintrc-mandatory "${addons[@]}"
  check "pylint-odoo, optional list" pylint --rcfile=.pylintrc "${addons[@]}"
  check "READMEs are what the fragments say" python setup/dev/readme.py
  check "each addon is complete" packaging
  check "requirements, versions, fragments" python setup/dev/packages.py
  check "licences" manifestoo -d . --addons-path "$odoo_addons" check-licenses
  check "development status" manifestoo -d . --addons-path "$odoo_addons" check-dev-status --default-dev-status Beta
  check "wheels" wheels
  [ "$failures" = 0 ] || die "$failures checks failed" "./run fmt mends what a tool can mend"
  say "lint: all is well"
}
prettier_on() {
  files '*.xml' '*.js' '*.cjs' '*.scss' '*.css' '*.md' '*.yml' '*.yaml' '*.json' ':!*package-lock.json' | each prettier --log-level warn "$@"
}
eslint_on() { files '*.js' '*.cjs' ':!*/static/lib/*' | each eslint --max-warnings 0 "$@"; }
fmt() {
  lint_tools; cd "$ROOT"
  ruff check --fix --quiet --exit-zero .
  ruff format --quiet .
  prettier_on --write
  eslint_on --fix || :
  python setup/dev/packages.py --write || :
  python setup/dev/readme.py --write
  say "formatted; ./run lint says what is left"
}
