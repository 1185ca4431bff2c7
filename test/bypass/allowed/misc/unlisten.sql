-- As pools send it.
UNLISTEN *
