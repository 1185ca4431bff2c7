-- E'' has backslashes, '' has not.
SELECT '\'; DELETE FROM orders; --'
