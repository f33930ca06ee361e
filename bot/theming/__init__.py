"""What answers are about, as staff ask for it and correct it: the API, the commands, the analyser of Korean."""
