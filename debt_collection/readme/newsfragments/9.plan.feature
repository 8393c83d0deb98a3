A signed payment plan is put on paper: its instalments, what was acknowledged, and the signature.
