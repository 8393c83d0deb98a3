Rates and tariffs of 2027 ship derived, to verify: screens go on working on 1 January.
