-- A connection that stays open.
SELECT dblink_connect('c', 'dbname=bypass')
