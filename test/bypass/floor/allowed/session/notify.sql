-- Tells those who listen.
NOTIFY orders, 'changed'
