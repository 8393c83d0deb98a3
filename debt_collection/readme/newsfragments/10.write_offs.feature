Write-offs: doubtful claims, write-downs and losses by entry or credit note, with the VAT
per rate, decided by another approver; money that comes later takes its share back. The
list of doubtful claims for the tax return, the VAT correction to the customer and the
release.
