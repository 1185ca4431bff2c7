-- Whether the provider said when the person last proved who they are (auth_time); else `authenticated_at` is when it made the token,
-- which is no proof of anything fresh.
ALTER TABLE sign_in ADD COLUMN proved boolean NOT NULL DEFAULT false;
