-- The same for commands.
SELECT dblink_exec('dbname=bypass', 'DELETE FROM orders')
