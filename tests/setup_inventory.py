"""What stands in a database by name, whoever made it: plain SQL.

Used by the scripts that install and take out addons in ``odoo shell``. Plain SQL, so
that what the ORM no longer knows is seen too.
"""

TABLES = {
    "tables": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    "columns": """
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public'""",
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass || '.' || conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    # the sequences of number series are named by id, which a second installation moves
    "sequences": """
        SELECT CASE WHEN relname ~ '^ir_sequence_[0-9]'
                    THEN 'ir_sequence, number ' || row_number() OVER (
                        PARTITION BY relname ~ '^ir_sequence_[0-9]')
                    ELSE relname END
        FROM pg_class WHERE relkind = 'S'""",
    "functions": """
        SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
        WHERE n.nspname = 'public' AND d.objid IS NULL""",
    "triggers": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    # what a mixin brings to a model is recorded as a name of the mixin's addon (mail,
    # sms, portal; ours for what we add to a mixin), and Odoo leaves those names behind
    # with every addon that uses one
    "xml-ids": """
        SELECT module || '.' || name FROM ir_model_data
        WHERE (module LIKE 'debt_collection%%' OR name LIKE '%%debt_collection%%')
          AND NOT (name ~ '^(selection|model_inherit)__'
                   AND (module NOT LIKE 'debt_collection%%'
                        OR name NOT LIKE '%%debt_collection%%'))""",
    "views": "SELECT name || ' ' || model FROM ir_ui_view WHERE model IS NOT NULL",
    "templates": "SELECT key FROM ir_ui_view WHERE key LIKE 'debt_collection%%'",
    "crons": "SELECT cron_name FROM ir_cron",
    "actions": "SELECT type || ' ' || (name ->> 'en_US') FROM ir_actions",
    "server actions": "SELECT name ->> 'en_US' FROM ir_act_server",
    "menus": "SELECT name ->> 'en_US' FROM ir_ui_menu",
    "groups": "SELECT name ->> 'en_US' FROM res_groups",
    "rules": "SELECT name FROM ir_rule",
    "access": "SELECT name FROM ir_model_access",
    "number series": "SELECT name FROM ir_sequence",
    "mail templates": "SELECT name ->> 'en_US' FROM mail_template",
    "activity types": "SELECT name ->> 'en_US' FROM mail_activity_type",
    "paper formats": "SELECT name FROM report_paperformat",
    "parameters": """
        SELECT key FROM ir_config_parameter
        WHERE key LIKE 'debt_collection%%'""",
    "assets": "SELECT name FROM ir_asset",
    "defaults": """
        SELECT f.model || '.' || f.name FROM ir_default d
        JOIN ir_model_fields f ON f.id = d.field_id""",
}


def inventory(cr):
    """Return the names of everything, one set for each kind."""
    found = {}
    for kind, query in TABLES.items():
        cr.execute(query)  # pylint: disable=sql-injection
        found[kind] = {str(row[0]) for row in cr.fetchall()}
    return found


def orphans(cr):
    """Return the columns and tables that no field or model stands for any more."""
    cr.execute(
        """
        SELECT c.table_name || '.' || c.column_name
        FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.table_name LIKE 'debt\\_collection\\_%%'
          AND NOT EXISTS (
            SELECT 1 FROM ir_model_fields f
            WHERE replace(f.model, '.', '_') = c.table_name AND f.name = c.column_name)
          AND c.table_name IN (SELECT replace(model, '.', '_') FROM ir_model)
        """
    )
    return sorted(row[0] for row in cr.fetchall())


def difference(before, after):
    """Return what came and is still there, kind by kind."""
    return {
        kind: sorted(after[kind] - before[kind])
        for kind in before
        if after[kind] - before[kind]
    }
