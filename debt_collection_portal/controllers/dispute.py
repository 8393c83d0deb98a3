from odoo.http import request

from .visit import CollectVisit, door

MEGABYTE = 1024 * 1024


class CollectDispute(CollectVisit):
    """The door "I do not agree": which invoices, how much, why, with what proof."""

    # === ROUTES === #

    @door("/dispute")
    def collect_dispute(self, visit, form):
        """The form, and what was contested before."""
        return self._collect_show_dispute(visit, form)

    @door("/dispute", methods=("POST",), max_content_length=110 * MEGABYTE)
    def collect_dispute_post(self, visit, form):
        """Contest what was ticked."""
        disputes, made = visit.env["debt.collection.page.dispute"], []
        wanted = self._collect_get_wanted(form)
        error = self._collect_submit(
            visit,
            form,
            lambda: made.append(
                disputes._open(
                    visit.matter,
                    wanted,
                    self._cast_as_int(form.get("reason")),
                    form.get("words"),
                    self._collect_get_files("proof"),
                    visit.day,
                    visit.is_known,
                )
            ),
        )
        if error:
            return self._collect_show_dispute(visit, {**form, "wanted": wanted}, error)
        notice = request.env._("We got your objection.")
        if made:
            notice = request.env._(
                "We got your objection. You have our answer before %(day)s.",
                day=visit.env["debt.collection.page"]._format_day(made[0].date_revisit),
            )
        return self._collect_go(visit, "", notice)

    # === THE PAGE === #

    def _collect_get_wanted(self, form):
        """claim id -> amount that was typed, None where the field was left as it is."""
        wanted = {}
        for text in request.httprequest.form.getlist("claim"):
            claim_id = self._cast_as_int(text)
            if claim_id:
                typed = (form.get(f"amount_{claim_id}") or "").strip()
                wanted[claim_id] = self._collect_get_number(typed) if typed else None
        return wanted

    def _collect_show_dispute(self, visit, form, error=None):
        disputes = visit.env["debt.collection.page.dispute"]
        rows, part, pages = disputes._get_rows(
            visit.matter, self._cast_as_int(form.get("part")) or 1
        )
        values = {
            "rows": rows,
            "part": part,
            "pages": pages,
            "reasons": disputes._get_reasons(),
            "disputes": disputes._get_disputes(visit.matter),
            "wanted": form.get("wanted") or {},
            "form": form,
        }
        return self._collect_render(
            "debt_collection_portal.collect_dispute", visit, values, error
        )
