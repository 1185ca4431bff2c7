-- Files of policies that nothing needs any more are pruned by the owner; who activated them, and when, stays.
ALTER TABLE policy_activation
  DROP CONSTRAINT policy_activation_content_fkey,
  ADD CONSTRAINT policy_activation_content_fkey
    FOREIGN KEY (content) REFERENCES policy_revision ON DELETE SET NULL;
