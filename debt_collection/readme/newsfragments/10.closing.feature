Closing in one place: paid directly after costs, partly paid and waived, prescribed and
lost are outcomes of their own; costs fall where the agreement puts them, rests and plans
end, and the log keeps the closing statement.
