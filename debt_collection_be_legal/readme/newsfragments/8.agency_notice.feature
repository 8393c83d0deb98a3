After the notice of an agency a consumer is left in peace for the term of the law.
