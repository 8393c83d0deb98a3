The collector's desk: working lists with counts, a one-by-one screen with keys, letters
whose words can be changed before they leave, outcomes of calls and visits that set
going what follows, reasons for not paying, visit sheet, early calls, test mode.
