Letters, their files and their mails are made for fifty debtors at once: nine queries a letter instead of eighty-three. One that cannot be made still stays alone, with its reason.
