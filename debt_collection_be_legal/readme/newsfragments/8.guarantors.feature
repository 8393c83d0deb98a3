Guarantors of an insolvency are the parties of the case; the declaration names them.
