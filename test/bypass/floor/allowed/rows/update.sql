-- An UPDATE with a condition.
UPDATE public.orders SET note = upper(note), total = total + 1 WHERE id = 3
