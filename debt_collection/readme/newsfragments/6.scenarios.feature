The demonstration data show the twelve reference scenarios, each as far as its story goes: search the customers by S1 to S12.
