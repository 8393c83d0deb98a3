import json
from datetime import date

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL


def array_literal(values):
    """The text PostgreSQL reads an array from: one constant, quick to parse."""
    values = list(values)
    if len(set(values)) == 1:  # many columns of a batch hold one value
        elements = [_element(values[0])] * len(values)
    else:
        elements = map(_element, values)
    return "{" + ",".join(elements) + "}"


def _element(value):
    if value is None:
        return "NULL"
    if isinstance(value, int | float | date):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


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
        self.flush_model()  # a unique index must see what the cache still holds
        names = list(vals_list[0])
        table = SQL.identifier(self._table)
        columns = SQL(", ").join(map(SQL.identifier, names))
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO %s (%s, create_uid, write_uid, create_date, write_date)
                   SELECT *, %s::int, %s::int, %s, %s FROM unnest(%s)
                   %s RETURNING id""",
                table,
                columns,
                self._bulk_author(),
                self._bulk_author(),
                now,
                now,
                self._bulk_arrays(names, vals_list),
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
        self._bulk_given(names)

    def _bulk_given(self, names):
        """What a caller gave is not computed anew."""
        for name in names:
            self.env.remove_to_compute(self._fields[name], self)

    @api.model
    def _bulk_update(self, values_by_id, names):
        """Write other values to each row in one statement; equal rows stay untouched.

        :param dict[int, dict] values_by_id: the values of each record
        :param list[str] names: the fields written, all stored
        """
        if not values_by_id:
            return
        records = self.browse(values_by_id)
        records._bulk_given(names)
        self.flush_model(names)
        columns = [SQL.identifier(name) for name in names]
        sets = SQL(", ").join(SQL("%s = v.%s", column, column) for column in columns)
        self.env.cr.execute(
            SQL(
                """UPDATE %s t SET %s, write_date = %s, write_uid = %s
                     FROM unnest(%s::int[], %s) AS v(id, %s)
                    WHERE t.id = v.id AND (%s) IS DISTINCT FROM (%s)""",
                SQL.identifier(self._table),
                sets,
                fields.Datetime.now(),
                self._bulk_author(),
                array_literal(values_by_id),
                self._bulk_arrays(names, list(values_by_id.values())),
                SQL(", ").join(columns),
                SQL(", ").join(SQL("t.%s", column) for column in columns),
                SQL(", ").join(SQL("v.%s", column) for column in columns),
            )
        )
        records.invalidate_recordset(names, flush=False)
        records.modified(names)  # what is computed from them is read anew

    @api.model
    def _bulk_author(self):
        """Who made the rows: nobody where the job did.

        The two references to the user are a third of what an insert costs.
        """
        return None if self.env.uid == SUPERUSER_ID else self.env.uid

    @api.model
    def _bulk_arrays(self, names, vals_list):
        """One array a column, to be unnested together."""
        return SQL(", ").join(
            SQL(
                "%s::%s[]",
                array_literal(
                    self._bulk_values(name, [vals[name] for vals in vals_list])
                ),
                SQL(self._fields[name].column_type[0]),
            )
            for name in names
        )

    @api.model
    def _bulk_values(self, name, values):
        """Values as the column stores them; False is NULL but for booleans."""
        field = self._fields[name]
        if field.type == "boolean":
            return values
        values = [None if value is False else value for value in values]
        if field.type != "json":
            return values
        return [None if value is None else json.dumps(value) for value in values]
