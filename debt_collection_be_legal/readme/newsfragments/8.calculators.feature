Indicative calculators: court and its costs, procedure indemnity, acts of a bailiff,
non-contested claims, seizure to sale, attachable income, insolvency; each line with its
ground, and *to verify* where the number is not confirmed.
