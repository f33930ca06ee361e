"""What a program says and what changes in it, in a reader's words: no key of the file, no code.

Walk of one: two programs and what differs (``surveys.program.differences``) -> ``rows`` says each part of both as lines,
each a label and a value (``vocabulary`` and ``conditions`` have the words) -> ``readings`` holds the lines of the two against
each other -> a page shows them, ``text`` writes them for the command line. What a line cannot show as another is told
to be written differently; a key that nobody has named yet is shown under its name, its value in words.
"""
