A statement asks the law once for all claims of one shape, and reads nothing that no amount depends on: lists and large cases are computed in less time.
