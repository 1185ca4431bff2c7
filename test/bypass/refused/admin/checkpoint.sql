-- Forces a checkpoint.
CHECKPOINT
