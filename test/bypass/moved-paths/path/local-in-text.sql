-- SET LOCAL holds for the rest of a text without BEGIN.
SET LOCAL search_path = shadow, public; SELECT earth()
