Costs are asked for, approved by somebody else within his ceiling, ordered with a number,
billed within what was approved, claimed once performed, and followed in a ledger.
