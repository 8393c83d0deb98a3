Ten Belgian routes with their steps, terms and costs, from the notice of a lawyer to the
public sale; documents in the language of the procedure; days of an insolvency.
