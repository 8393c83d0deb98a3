Release, report of no assets and certificate have a cost that is asked for.
