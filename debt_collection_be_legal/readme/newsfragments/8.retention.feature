A clause of retention of title is compared with the delivery and the judgment.
