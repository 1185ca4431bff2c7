-- By a descriptor.
DO $$ BEGIN PERFORM lowrite(lo_open(424242, 131072), 'x'); END $$
