"""The floors in SQL: the rows of the run by one statement."""

STAMP = "1, 1, now() at time zone 'UTC', now() at time zone 'UTC'"

DUE = """SELECT l.id, l.move_id, p.commercial_partner_id AS partner_id, l.company_id,
                l.currency_id, l.amount_currency AS amount, l.date_maturity,
                l.amount_residual_currency AS residual, l.amount_residual AS worth
           FROM account_move_line l
           JOIN account_account t ON t.id = l.account_id
           JOIN account_move m ON m.id = l.move_id
           JOIN res_partner p ON p.id = l.partner_id
          WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
            AND l.reconciled IS NOT TRUE AND l.amount_residual_currency > 0
            AND t.account_type = 'asset_receivable'
            AND m.payment_state NOT IN ('blocked', 'paid', 'in_payment')
            AND l.no_followup IS NOT TRUE AND l.date_maturity <= %(day)s"""


def select(env, company, day):
    """One SQL: the due items, read."""
    env.cr.execute(DUE, {"company": company.id, "day": day})
    return env.cr.fetchall()


def insert(env, company, day):
    """One SQL: an account and a case per debtor, a claim per item."""
    env.cr.execute(
        f"""WITH due AS MATERIALIZED ({DUE}),
                 made AS (
            INSERT INTO debt_collection_account (company_id, partner_id, currency_id,
                   item_count, amount_open, create_uid, write_uid, create_date,
                   write_date)
            SELECT company_id, partner_id, currency_id, count(*), sum(residual), {STAMP}
              FROM due GROUP BY company_id, partner_id, currency_id
                -- debtors who contest have one already
                ON CONFLICT (company_id, partner_id, currency_id)
                DO UPDATE SET item_count = EXCLUDED.item_count
         RETURNING id, company_id, partner_id, currency_id),
                 opened AS (
            INSERT INTO debt_collection_case (name, account_id, company_id, partner_id,
                   currency_id, regime, date_opened, phase, create_uid, write_uid,
                   create_date, write_date)
            SELECT 'DC/' || id, id, company_id, partner_id, currency_id, 'standard',
                   %(day)s, 'amicable', {STAMP} FROM made
             WHERE NOT EXISTS (SELECT FROM debt_collection_case c
                                WHERE c.account_id = made.id)
         RETURNING id, partner_id),
                 cases AS (
            SELECT id, partner_id FROM opened UNION ALL
            SELECT id, partner_id FROM debt_collection_case
             WHERE company_id = %(company)s)
            INSERT INTO debt_collection_claim (case_id, company_id, move_line_id,
                   move_id, date_due, amount, amount_residual, regime, is_open,
                   create_uid, write_uid, create_date, write_date)
            SELECT o.id, d.company_id, d.id, d.move_id, d.date_maturity, d.amount,
                   d.residual, 'standard', TRUE, {STAMP}
              FROM due d JOIN cases o USING (partner_id)
             WHERE NOT EXISTS (SELECT FROM debt_collection_claim x
                                WHERE x.move_line_id = d.id AND x.is_open)""",
        {"company": company.id, "day": day},
    )


def advance(env, step, day):
    """One SQL: an action per case, its lines and delivery, the account's next day."""
    env.cr.execute(
        f"""WITH made AS (
            INSERT INTO debt_collection_action (account_id, case_id, company_id,
                   partner_id, currency_id, step_id, notice_kind, date, state, amount,
                   create_uid, write_uid, create_date, write_date)
            SELECT account_id, id, company_id, partner_id, currency_id, %(step)s,
                   'none', %(day)s, 'released', amount_residual, {STAMP}
              FROM debt_collection_case WHERE phase = 'amicable'
         RETURNING id, account_id, case_id, company_id),
                 listed AS (
            INSERT INTO debt_collection_action_line (action_id, company_id, step_id,
                   move_line_id, cycle, amount_residual, create_uid, write_uid,
                   create_date, write_date)
            SELECT m.id, m.company_id, %(step)s, l.id, 0, l.amount_residual_currency,
                   {STAMP}
              FROM made m JOIN debt_collection_claim c USING (case_id)
              JOIN account_move_line l ON l.id = c.move_line_id
             WHERE c.is_open AND l.reconciled IS NOT TRUE),
                 sent AS (
            INSERT INTO debt_collection_delivery (action_id, company_id, channel,
                   state, create_uid, write_uid, create_date, write_date)
            SELECT id, company_id, 'email', 'to_send', {STAMP} FROM made)
            UPDATE debt_collection_account a
               SET next_date = %(day)s, is_stale = FALSE, write_uid = 1,
                   write_date = now() at time zone 'UTC'
              FROM made WHERE a.id = made.account_id""",
        {"step": step.id, "day": day},
    )
