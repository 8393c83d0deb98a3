The partner's room: a lawyer, a bailiff or an agency opens his cases by link or account,
takes the file, reports steps with their documents, asks for costs, and answers a recall.
