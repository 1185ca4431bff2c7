-- Quoted names.
SELECT "c"."name" AS "Any Thing" FROM "public"."customers" AS "c"
