Public holidays of every country that the holidays library knows, for steps and for the contact gate.
