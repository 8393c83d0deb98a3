import os
from contextlib import suppress

from odoo import api, models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _get_path(self, bin_data, sha):
        # EXTENDS base: what a killed process left half written is no other content
        self._remove_cut_file(bin_data, sha)
        return super()._get_path(bin_data, sha)

    @api.model
    def _file_write(self, bin_value, checksum):
        # EXTENDS base: a disk that is full keeps no half of a file
        try:
            return super()._file_write(bin_value, checksum)
        except OSError:
            self._remove_cut_file(bin_value, checksum)
            raise

    @api.model
    def _remove_cut_file(self, content, checksum):
        """Remove what the store has for a content where it is only its beginning.

        Else that content could never be kept again: Odoo would say that it collides.
        """
        path = self._full_path(f"{checksum[:2]}/{checksum}")
        if not os.path.isfile(path) or os.path.getsize(path) >= len(content):
            return
        with open(path, "rb") as file:
            is_beginning = content.startswith(file.read())
        if is_beginning:
            with suppress(FileNotFoundError):  # another one wrote it anew meanwhile
                os.unlink(path)
