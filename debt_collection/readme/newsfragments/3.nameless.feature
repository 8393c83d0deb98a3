A bank line without a debtor whose words name a case or an invoice on one sends the next letter to review with the net, as a line that names the debtor does.
