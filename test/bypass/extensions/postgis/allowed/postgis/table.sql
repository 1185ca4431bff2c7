-- A table with a geometry column, whole and copied out.
TABLE places;
COPY places TO STDOUT;
SELECT DISTINCT place FROM places ORDER BY place
