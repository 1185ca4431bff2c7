-- Long transactions: locks rows in a table of its own.
SELECT lockrow('places', '1', 'me')
