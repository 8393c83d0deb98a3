VAT on bad debts: causes, last day, evidence and grids 62 and 61 as dated rows; the
accounts of the Belgian chart are proposed where it is installed. The request for a
certificate of irrecoverability.
