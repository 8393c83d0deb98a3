from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from .common import TODAY, CollectionCommon

# Pairs of company and debtor do not change but by merging, which ranks by itself
KEYS = {"id", "company_id", "partner_id", "case_id", "account_id", "action_id"}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRanked(CollectionCommon):
    """Who changes what the work list is made of has the debtor ranked anew."""

    def setUp(self):
        super().setUp()
        self.policy.mode = "review"
        self._make_invoice(10, 400.0)
        self._run()
        self.env.cr.flush()
        self.row = self._get_row(self.debtor)
        self.action = self.env["debt.collection.action"].search(
            [("partner_id", "=", self.debtor.id)]
        )

    def _get_row(self, partner):
        return self.env["debt.collection.portfolio"].search(
            [("partner_id", "=", partner.id)]
        )

    def _get_next(self):
        """What the row says when the transaction has ended."""
        self.env.cr.flush()
        return self.row.next_action, self.row.tasks

    def test_every_column_that_is_read_is_watched(self):
        """PostgreSQL tells which columns the query reads; each must rank its debtor."""
        tasks = self.env["debt.collection.portfolio"]._get_tasks_sql(TODAY)
        self.env.cr.execute(SQL("CREATE TEMP VIEW ranked_sources AS %s", tasks))
        read = self.env.execute_query(
            SQL(
                """SELECT table_name, column_name
                     FROM information_schema.view_column_usage
                    WHERE view_name = 'ranked_sources'"""
            )
        )
        models = {model._table: model for model in self.env.values()}
        unwatched = {
            (table, column)
            for table, column in read
            if column not in KEYS
            and column not in getattr(models[table], "_ranked_by", ())
        }
        self.assertEqual(unwatched, set())
        self.assertGreater(len(read), 20)

    def test_made_by_the_run(self):
        self.assertEqual(self._get_next(), ("review", 1))

    def test_written(self):
        self.action.state = "failed"
        self.assertEqual(self._get_next(), ("failed", 1))

    def test_written_by_one_statement(self):
        values = {self.action.id: {"state": "done"}}
        self.action._bulk_update(values, ["state"])
        self.assertEqual(self._get_next(), (False, 0))

    def test_deleted(self):
        self.action.sudo().unlink()
        self.assertEqual(self._get_next(), (False, 0))

    def test_a_visit_that_is_due(self):
        self.action.action_release()
        delivery = self.action.delivery_ids[:1]
        delivery.write({"channel": "call", "state": "to_send", "date_planned": TODAY})
        self.assertEqual(self._get_next(), ("call", 1))
        delivery.date_planned = TODAY + timedelta(days=1)
        self.assertEqual(self._get_next(), (False, 0))

    def test_time_alone_is_ranked_once_a_day(self):
        """A visit of tomorrow is on tomorrow's list."""
        self.action.action_release()
        tomorrow = TODAY + timedelta(days=1)
        delivery = self.action.delivery_ids[:1]
        delivery.write({"channel": "call", "state": "to_send"})
        delivery.date_planned = tomorrow
        self.assertEqual(self._get_next(), (False, 0))
        self.row._refresh(self.company, tomorrow)
        self.assertEqual(self._get_next(), ("call", 1))

    def test_what_was_rolled_back_is_not_ranked(self):
        with self.env.cr.savepoint() as point:
            self.action.state = "failed"
            point.rollback()
        self.assertEqual(self._get_next(), ("review", 1))

    def test_what_another_hook_changes_is_ranked(self):
        """Hooks run one after the other when a transaction ends; ours is the first."""
        self.action.state = "failed"
        self.env.flush_all()
        values = {self.action.id: {"state": "done"}}
        self.env.cr.precommit.add(lambda: self.action._bulk_update(values, ["state"]))
        self.assertEqual(self._get_next(), (False, 0))

    def test_other_columns_do_not_rank(self):
        self.env.cr.flush()
        self.action.date = TODAY + timedelta(days=1)
        self.env.flush_all()
        self.assertFalse(self.env.cr.precommit.data)

    def test_a_debtor_without_rights_ranks_too(self):
        """A dispute from the debtor's page is on the list when the page answers."""
        public = self.env.ref("base.public_user")
        self.action.with_user(public).sudo().state = "failed"
        self.assertEqual(self._get_next(), ("failed", 1))

    def test_ranking_reads_the_index_of_the_page(self):
        """However many wait, a page is the head of an index."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_sort = off")
        Work = self.env["debt.collection.work"]
        query = Work._search([], order="points desc, id", limit=80)
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        text = "\n".join(row[0] for row in plan)
        self.assertIn("debt_collection_portfolio_rank_idx", text)
        self.assertNotIn("Sort", text)

    def test_upgraded_installations_are_ranked(self):
        """The migration ranks what stood there before ranks were kept."""
        self.env.cr.execute(
            "UPDATE debt_collection_portfolio SET next_action = NULL, tasks = NULL"
        )
        self.row.invalidate_recordset()
        path = "debt_collection/migrations/19.0.1.2.0/post-rank.py"
        self._load_migration(path).migrate(self.env.cr, "19.0.1.1.0")
        self.row.invalidate_recordset()
        self.assertEqual(self._get_next(), ("review", 1))

    def _load_migration(self, path):
        from importlib.util import module_from_spec, spec_from_file_location

        from odoo.tools import file_path

        spec = spec_from_file_location("migration", file_path(path))
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
