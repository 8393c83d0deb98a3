"""What must hold after any sequence of kills, cuts and runs, read by plain SQL."""

from collections import Counter


class Checks:
    """Reads the arena's database from outside."""

    def __init__(self, arena):
        self.arena = arena

    def count_actions(self):
        rows = self.arena.sql(
            "SELECT state, count(*) FROM debt_collection_action GROUP BY 1"
        )
        return dict(rows)

    def count_deliveries(self):
        rows = self.arena.sql(
            "SELECT state, count(*) FROM debt_collection_delivery GROUP BY 1"
        )
        return dict(rows)

    def get_errors(self):
        """Debtor's reference -> the error on the account."""
        return dict(
            self.arena.sql(
                """SELECT p.ref, a.last_error FROM debt_collection_account a
                     JOIN res_partner p ON p.id = a.partner_id
                    WHERE a.last_error IS NOT NULL"""
            )
        )

    def assert_sound(self, pdfs=True):
        """No item twice at a step, no action without items, every chain holds."""
        assert self._get_repeated() == []
        assert self._get_empty() == []
        assert not pdfs or self._get_pdfs() == []
        assert self._get_strays() == []
        assert self.arena.do("verify_chains") == []

    def assert_mails(self, server, uncertain=()):
        """Each letter left at most once; of the uncertain ones nothing is known."""
        sent = self.arena.sql(
            """SELECT address, count(*) FROM debt_collection_delivery
                WHERE state = 'sent' AND channel = 'email' GROUP BY 1"""
        )
        received = server.count_by_debtor()
        for address in uncertain:
            assert received.pop(address, 0) <= 1
        assert received == Counter(dict(sent))

    def _get_repeated(self):
        return self.arena.sql(
            """SELECT step_id, move_line_id, cycle FROM debt_collection_action_line
                WHERE step_id IS NOT NULL GROUP BY 1, 2, 3 HAVING count(*) > 1"""
        )

    def _get_empty(self):
        return self.arena.sql(
            """SELECT id FROM debt_collection_action a WHERE NOT EXISTS (
                   SELECT FROM debt_collection_action_line l
                    WHERE l.action_id = a.id)"""
        )

    def _get_pdfs(self):
        """Actions that left without a PDF, and PDFs that no action knows."""
        return self.arena.sql(
            """SELECT a.id, NULL::int FROM debt_collection_action a
                WHERE a.state IN ('released', 'done') AND a.attachment_id IS NULL
                  AND EXISTS (SELECT FROM debt_collection_delivery d
                               WHERE d.action_id = a.id
                                 AND (d.handed_over OR d.state = 'sent'))
               UNION ALL
               SELECT NULL, t.id FROM ir_attachment t
                WHERE t.mimetype = 'application/pdf'
                  AND t.res_model IN ('debt.collection.case', 'debt.collection.account')
                  AND NOT EXISTS (SELECT FROM debt_collection_action a
                                   WHERE a.attachment_id = t.id)"""
        )

    def _get_strays(self):
        """Mails without delivery, open items on two cases, cases without claim."""
        return self.arena.sql(
            """SELECT 'mail', m.id FROM mail_mail m JOIN mail_message s
                   ON s.id = m.mail_message_id
                WHERE s.model IN ('debt.collection.case', 'debt.collection.account')
                  AND NOT EXISTS (SELECT FROM debt_collection_delivery d
                                   WHERE d.mail_id = m.id)
               UNION ALL
               SELECT 'item', move_line_id FROM debt_collection_claim WHERE is_open
                GROUP BY 2 HAVING count(*) > 1
               UNION ALL
               SELECT 'case', c.id FROM debt_collection_case c
                WHERE c.date_closed IS NULL AND NOT EXISTS (
                    SELECT FROM debt_collection_claim x WHERE x.case_id = c.id)"""
        )
