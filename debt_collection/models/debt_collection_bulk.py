from odoo import api, fields, models
from odoo.tools import SQL


class DebtCollectionBulk(models.AbstractModel):
    """Set-based writing for the daily run: one statement for any number of rows.

    Only for models whose creation has no side effect; the caller gives every stored
    column that matters, computed ones included. A test holds both ways equal.
    """

    _name = "debt.collection.bulk"
    _description = "Set-based writing of the daily run"

    @api.model
    def _bulk_insert(self, vals_list, skip_existing=True):
        """Insert rows and return the new records.

        :param list[dict] vals_list: same keys in each dict, all stored fields
        :param bool skip_existing: leave out rows that a unique index refuses, since
            the other runner made them; otherwise the database raises
        :return: the records made, in no promised order
        """
        if not vals_list:
            return self.browse()
        names = list(vals_list[0])
        table = SQL.identifier(self._table)
        columns = SQL(", ").join(map(SQL.identifier, names))
        arrays = SQL(", ").join(
            SQL(
                "%s::%s[]",
                [self._bulk_value(name, vals[name]) for vals in vals_list],
                SQL(self._fields[name].column_type[0]),
            )
            for name in names
        )
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO %s (%s, create_uid, write_uid, create_date, write_date)
                   SELECT *, %s, %s, %s, %s FROM unnest(%s)
                   %s RETURNING id""",
                table,
                columns,
                self.env.uid,
                self.env.uid,
                now,
                now,
                arrays,
                SQL("ON CONFLICT DO NOTHING") if skip_existing else SQL(),
            )
        )
        records = self.browse(row[0] for row in rows)
        records._bulk_notice(names)
        return records

    def _bulk_notice(self, names):
        """Let caches and computed fields know of rows the ORM did not write."""
        for name in names:
            for inverse in self.pool.field_inverses[self._fields[name]]:
                model = self.env[inverse.model_name]
                model.invalidate_model([inverse.name], flush=False)
        self.modified(names, create=True)

    @api.model
    def _bulk_update(self, values_by_id, names):
        """Write other values to each row in one statement.

        :param dict[int, dict] values_by_id: the values of each record
        :param list[str] names: the fields written, all stored
        """
        if not values_by_id:
            return
        ids = list(values_by_id)
        self.flush_model(names)
        arrays = [
            SQL(
                "%s::%s[]",
                [self._bulk_value(name, values_by_id[key][name]) for key in ids],
                SQL(self._fields[name].column_type[0]),
            )
            for name in names
        ]
        sets = SQL(", ").join(
            SQL("%s = v.%s", SQL.identifier(name), SQL.identifier(name))
            for name in names
        )
        self.env.cr.execute(
            SQL(
                """UPDATE %s t SET %s, write_date = %s, write_uid = %s
                     FROM unnest(%s::int[], %s) AS v(id, %s) WHERE t.id = v.id""",
                SQL.identifier(self._table),
                sets,
                fields.Datetime.now(),
                self.env.uid,
                ids,
                SQL(", ").join(arrays),
                SQL(", ").join(map(SQL.identifier, names)),
            )
        )
        self.browse(ids).invalidate_recordset(names, flush=False)

    def _bulk_value(self, name, value):
        """The value as the column stores it; False is NULL but for booleans."""
        field = self._fields[name]
        if value is False and field.type != "boolean":
            return None
        return field.convert_to_column_insert(value, self) if value is not None else None
