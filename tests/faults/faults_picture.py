"""What the database holds, in a form that two ways to the same end can be compared by.

Ids, keys, clocks, salts and digests are left out: they differ between two sound runs.
Numbers in texts are, too: a name taken from a sequence is not given back.
"""

#: table -> what is compared of it; the tables of the addons are compared whole
OTHERS = {
    "account_move": ["state", "move_type", "amount_total"],
    "account_move_line": ["parent_state", "balance", "amount_residual"],
    "account_partial_reconcile": ["amount"],
    "ir_attachment": ["res_model", "mimetype"],
    "mail_activity": ["res_model", "date_deadline", "summary"],
    "mail_mail": [],
    "mail_message": ["model", "message_type"],
    "res_company": ["debt_collection_test_mode", "debt_collection_paused"],
    "res_partner": ["active"],
}
SECRETS = ("digest", "sha", "token", "hash", "salt", "nonce", "secret")
COLUMNS = rf"""
SELECT c.table_name, array_agg(c.column_name::text || ':' || c.data_type)
  FROM information_schema.columns c
  JOIN information_schema.tables t USING (table_schema, table_name)
 WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
   AND (c.table_name LIKE 'debt\_collection\_%'
        OR c.table_name = ANY(ARRAY{list(OTHERS)}))
   AND c.data_type <> 'bytea'
 GROUP BY 1 ORDER BY 1
"""
#: numbers, and the digests of files, in texts
NUMBERS = "[0-9a-f]{32,}|[0-9]+"
CLOCKS = ("create_date", "write_date", "moment", "date_run")


def take(cursor):
    """One picture: table -> (number of rows, digest of what they say).

    :param cursor: of psycopg2; sees what its transaction sees
    :rtype: dict[str, list]
    """
    cursor.execute(COLUMNS)
    found = {}
    for table, columns in cursor.fetchall():
        kept = _choose(table, [column.split(":") for column in columns])
        row = f"concat_ws('|', {', '.join(kept)})" if kept else "''"
        cursor.execute(
            f"""SELECT count(*), md5(string_agg(row, ',' ORDER BY row))
                  FROM (SELECT {row} AS row FROM {table}) rows"""
        )
        found[table] = list(cursor.fetchone())
    return found


def look(arena):
    """A picture from outside: of what is committed."""
    with arena.connection() as link, link.cursor() as cursor:
        return take(cursor)


def compare(one, other):
    """Where two pictures differ: table -> both."""
    return {
        table: (one.get(table), other.get(table))
        for table in sorted({*one, *other})
        if one.get(table) != other.get(table)
    }


def _choose(table, columns):
    names = OTHERS.get(table)
    return [
        _word(name, kind)
        for name, kind in sorted(columns)
        if (name in names if names is not None else _counts(name, kind))
    ]


def _counts(name, kind):
    """Whether two sound ways to the same end agree on a column."""
    if name == "id" or name.endswith(("_id", "_uid")) or name in CLOCKS:
        return False
    if any(word in name for word in SECRETS):
        return False
    return not kind.startswith("timestamp")


def _word(name, kind):
    if kind in ("numeric", "double precision"):
        text = f'round("{name}"::numeric, 4)::text'
    elif kind in ("character varying", "text", "jsonb"):
        text = f"""regexp_replace("{name}"::text, '{NUMBERS}', '#', 'g')"""
    else:
        text = f'"{name}"::text'
    return f"coalesce({text}, '-')"
