Answers to a mail land on its case and in its log; bounces, blacklisted and missing
addresses end what the letter began and raise the next channel.
