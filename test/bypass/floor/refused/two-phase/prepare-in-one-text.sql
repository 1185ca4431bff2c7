-- In one text.
BEGIN; UPDATE public.orders SET note = 'two-phase' WHERE id = 1; PREPARE TRANSACTION 'left'
