-- Between reference systems by their numbers.
SELECT ST_AsText(ST_Transform(place, 3857), 1) FROM places
