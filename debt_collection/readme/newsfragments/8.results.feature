Results of legal steps act: "contests" opens a dispute, "asks for time" interrupts the
limitation, "paid" asks for the matching; a running plan holds the next order back.
