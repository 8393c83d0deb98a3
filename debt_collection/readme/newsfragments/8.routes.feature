Legal steps on a case: routes and types of step as data, the proposal explained, refusals
that say why (cost, term, evidence, dispute, insolvency), terms that move with the day an
act took place, limitation clocks, insolvency with its days.
