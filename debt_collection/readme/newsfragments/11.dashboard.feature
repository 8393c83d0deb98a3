A dashboard with charts (ageing, twelve months, cash expected by week, what steps and
policies bring, why debtors do not pay), each figure opening its records; today's work
list, ranked with reasons and weights of your own; the payment behaviour of each
customer with class, reasons, advice and a proposed credit limit.
