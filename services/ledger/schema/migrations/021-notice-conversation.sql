-- Whose writing to what a notice is about: those who send to people keep these in order, and tell several at once.
-- Filled by the server, so that gateways of the version before can go on inserting beside new ones. Null where there is no person.
ALTER TABLE notice ADD COLUMN conversation text
  GENERATED ALWAYS AS (md5(length(body ->> 'principal')::text || ' ' || (body ->> 'principal') || ' ' || (body ->> 'target'))) STORED;
CREATE INDEX notice_by_conversation ON notice (channel, conversation, created_at) WHERE conversation IS NOT NULL;
