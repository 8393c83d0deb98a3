Overdue invoices become cases: flagging, policies and their ladders, the daily run with
preview and reasons, letters with proof of sending, a sealed log.
