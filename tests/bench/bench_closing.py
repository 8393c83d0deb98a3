"""A thousand cases closed at once, beside the least that has to be written."""

from datetime import date

from harness import case, prepares

TODAY = date(2026, 6, 30)  # inside the rates that are known
MANY = 1_000


def seed(env, n):
    from bench_statement import _seed_many

    _seed_many(env, n)


def _cases(env, n):
    cases = env["debt.collection.case"].search([], order="id", limit=n)
    return cases.with_company(cases[:1].company_id)


@case("one SQL: write the end of each case and claim", sizes=(MANY,))
@prepares
def floor(env, n):
    ids = _cases(env, n).ids

    def work():
        env.cr.execute(
            "UPDATE debt_collection_claim SET is_open = FALSE WHERE case_id = ANY(%s)",
            [ids],
        )
        env.cr.execute(
            """UPDATE debt_collection_case
                  SET date_closed = %s, outcome = 'irrecoverable', phase = 'closed',
                      amount_residual = 0, amount_residual_company = 0
                WHERE id = ANY(%s)""",
            [TODAY, ids],
        )

    return work


def _close(outcome):
    def measure(env, n):
        cases = _cases(env, n)
        assert len(cases) == n, len(cases)

        def work():
            assert len(cases._close(outcome, TODAY)) == n

        return work

    return prepares(measure)


for outcome in ("irrecoverable", "withdrawn"):
    case(
        f"closings: {outcome}",
        sizes=(MANY,),
        compared_to="one SQL: write the end of each case and claim",
    )(_close(outcome))
