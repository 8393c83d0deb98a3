"""Print three links worth opening in the demo (odoo shell); @ is its address."""

from urllib.parse import urlsplit


def overdue_invoice(env):
    """Return the oldest open, overdue customer invoice of the collector's company."""
    user = env["res.users"].search([("login", "=", "collector")]) or env.user
    return env["account.move"].search(
        [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("invoice_date_due", "<", "today"),
            ("company_id", "=", user.company_id.id),
        ],
        order="invoice_date_due",
        limit=1,
    )


def portal_path(env):
    """Return the way in of one debtor: the link of the last letter that was sent."""
    Link = env.get("debt.collection.link")
    letters = env["debt.collection.action"].search(
        [("state", "=", "done"), ("case_id.phase", "!=", "closed")],
        order="id desc",
        limit=1,
    )
    if Link is None or not letters:
        return None
    Link._issue(letters)
    return urlsplit(letters._get_portal_url()).path


def links(env):
    """Yield (sentence, path)."""
    if env.ref("debt_collection.debt_collection_case_action", False):
        action = "action-debt_collection.debt_collection_case_action"
        yield "The cases", f"/odoo/{action}"
    invoice = overdue_invoice(env)
    if invoice:
        yield f"An overdue invoice, {invoice.name}", f"/odoo/account.move/{invoice.id}"
    try:
        path = portal_path(env)
    except Exception as error:  # the demo starts without this link
        path = None
        print("portal link:", error)
    if path:
        yield "What a debtor sees, without logging in", path


for number, (text, path) in enumerate(links(env), 1):  # noqa: F821
    print(f"{number}. {text}: @{path}")
env.cr.commit()  # noqa: F821 pylint: disable=invalid-commit
