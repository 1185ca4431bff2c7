-- What the links of a message to programs begin with: the `public_url` of the replica that made the message, so that its body is the same
-- whichever sends it. Empty where that has none; null of a message made before, whose links are the sender's.
ALTER TABLE notice_message ADD COLUMN public_url text;
