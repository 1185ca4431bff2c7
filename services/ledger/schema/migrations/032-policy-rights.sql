-- Who can do what by this policy and not by the one before it, or no longer: sentences.
ALTER TABLE policy_activation ADD COLUMN rights jsonb NOT NULL DEFAULT '[]';
