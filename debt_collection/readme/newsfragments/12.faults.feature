A full disk, a database that goes away and a mail server that does not answer are told
in words where people look, and the next run finishes the work: a file cut short by a
full disk or a killed process is written anew, a letter for which there was no room says
so and can be retried. Pressing a button again after its answer was lost changes nothing
more. Tests kill every scheduled action and every wizard.
