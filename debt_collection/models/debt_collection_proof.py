from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

# What may be attached: by what the file is, not by what its name says
TYPES = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}
MEGABYTE = 1024 * 1024


class DebtCollectionProof(models.AbstractModel):
    """Files that prove something, with one set of limits for every way in."""

    _name = "debt.collection.proof"
    _description = "Proof attached by a debtor, a partner or a collector"

    # at most so many files on one record, each at most so large
    _proof_max_files = 10
    _proof_max_bytes = 10 * MEGABYTE

    # === BUSINESS METHODS === #

    def _attach_proofs(self, files):
        """Attach files to the record, all of them or none.

        :param list[tuple[str, bytes]] files: name and content
        :raises UserError: too many, too large, empty, or of a type that is not taken;
            the message names the file
        :rtype: ir.attachment
        """
        self.ensure_one()
        prepared = [self._prepare_proof(name, content) for name, content in files]
        if self._count_proofs() + len(prepared) > self._proof_max_files:
            raise UserError(
                self.env._(
                    "At most %(number)s files can be attached.",
                    number=self._proof_max_files,
                )
            )
        # whoever may reach the record through its verbs; debtors own no file store
        return self.env["ir.attachment"].sudo().create(prepared)

    def _count_proofs(self):
        # the limit counts every file, also those this user may not read
        attachments_sudo = self.env["ir.attachment"].sudo()
        return attachments_sudo.search_count(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )

    def _prepare_proof(self, name, content):
        """The attachment of one file, checked."""
        mimetype = self._check_proof(name, content)
        stem = (name or "").replace("\\", "/").rpartition("/")[2].strip()[:120]
        return {
            "name": stem or self.env._("proof") + TYPES[mimetype],
            "raw": content,
            "mimetype": mimetype,
            "res_model": self._name,
            "res_id": self.id,
        }

    @api.model
    def _check_proof(self, name, content):
        """Refuse what is no proof we can keep and show safely.

        :return: the type of the file, from its content
        :rtype: str
        """
        if not content:
            raise UserError(self.env._("“%(name)s” is empty.", name=name))
        if len(content) > self._proof_max_bytes:
            raise UserError(
                self.env._(
                    "“%(name)s” is larger than %(size)s MB.",
                    name=name,
                    size=self._proof_max_bytes // MEGABYTE,
                )
            )
        mimetype = guess_mimetype(content)
        if mimetype not in TYPES:
            raise UserError(
                self.env._(
                    "“%(name)s” is no PDF, JPEG or PNG: save it as one of these.",
                    name=name,
                )
            )
        return mimetype
