-- JSON path.
SELECT doc @? '$.a ? (@.b > 0)', doc @@ '$.a.b == 1' FROM orders
