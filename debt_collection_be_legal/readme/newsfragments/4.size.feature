A calculator tells whether the creditor is small or large, by dated thresholds.
