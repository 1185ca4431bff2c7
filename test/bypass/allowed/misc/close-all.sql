-- As pools send it.
CLOSE ALL
