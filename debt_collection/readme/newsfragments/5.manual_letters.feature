Letters that no step asks for: receipt, closing letter and statement are reviewed, sent,
frozen and undone like those of a ladder, and never made twice.
