-- An enum.
SELECT 'ok'::mood < 'happy'::mood, enum_range(NULL::mood)
