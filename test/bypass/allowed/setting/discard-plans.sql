-- The smaller ones.
DISCARD PLANS
