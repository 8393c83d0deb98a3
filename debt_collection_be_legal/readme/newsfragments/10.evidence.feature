What proves claims of Belgian natures (rent, utilities, transport, care), and what Belgian
law asks of general terms.
