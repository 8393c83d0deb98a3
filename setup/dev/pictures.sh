#!/usr/bin/env bash
# Draw every letter, mail and document of a case in every language.
#   pictures.sh ODOO CONF DB [FOLDER]
# ODOO: the odoo command; CONF: its configuration; DB: a database with the three addons
# and the languages fr_BE, nl_BE and de_DE. Leaves *.pdf, *.png and mail-*.html in FOLDER
# (.state/pictures); the database stays as it was.
set -euo pipefail
odoo=$1 conf=$2 db=$3
here=$(cd "$(dirname "$0")" && pwd)
folder=${4:-$here/../../.state/pictures}
mkdir -p "$folder"
rm -f "$folder"/*.pdf "$folder"/*.png "$folder"/*.html
PICTURES=$folder "$odoo" shell -c "$conf" -d "$db" --no-http --log-level=warn \
  <"$here/pictures.py"
for file in "$folder"/*.pdf; do
  pdftoppm -r 80 -png "$file" "${file%.pdf}"
done
echo "$(find "$folder" -name '*.png' | wc -l) pictures in $folder"
