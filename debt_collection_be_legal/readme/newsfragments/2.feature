The Belgian regimes between enterprises, for consumers and public authorities, with their
dated numbers.
