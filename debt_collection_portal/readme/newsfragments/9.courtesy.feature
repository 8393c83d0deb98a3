A courtesy letter's page takes objections, requests for time and "I have paid", before there is a case.
