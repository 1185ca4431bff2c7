// The demo's target: a small shop's database with rows that look like a shop's. Always the same ones.
import type pg from 'pg';

/** Makes the tables in `public` and fills them; for an empty database. Takes a second or two. */
export async function fillShop(client: pg.ClientBase): Promise<void> {
  await client.query(SHOP_SQL);
  await client.query('ANALYZE');
}

const FIRST = `Ada Alma Amir Anders Anouk Aroha Beatriz Bjorn Carla Chen Chidi Clara Daniel Dara Diego Elena Emil Esra Farah Felix Freya
Giulia Hana Hassan Hugo Imani Ines Ivan Jonas Julia Kaito Karim Kofi Lars Leila Lena Liam Lin Lucia Luca Magda Malik Mara Marco
Mateo Mei Mila Nadia Niko Noor Nora Olga Omar Oscar Paula Petra Priya Rafael Rania Rosa Ruth Sami Sara Selma Simon Sofia Stefan
Tara Theo Tomas Uma Vera Victor Wanda Yara Yusuf Zoe`;

const LAST = `Abe Adeyemi Ahmed Alvarez Andersen Baker Bakker Barbosa Bauer Becker Bernard Bianchi Brandt Campos Carter Castro Chaudhry
Chavez Cohen Costa Dahl Diallo Dubois Eriksen Fernandes Ferrari Fischer Fontaine Garcia Greco Haas Hansen Haugen Hoffmann Ibrahim
Ito Ivanova Jansen Jensen Johansson Kaya Keller Khan Kim Klein Kovacs Kowalski Kumar Laurent Lehmann Lindqvist Lopez Mancini Martin
Mbeki Meyer Moreau Murphy Nakamura Nguyen Nielsen Novak Okafor Olsen Ortega Park Patel Peeters Petrov Quinn Rahman Rossi Ruiz
Sato Schmidt Silva Singh Sorensen Suzuki Tanaka Torres Vargas Vos Wagner Walsh Weber Yilmaz Zhang Zimmer`;

const CITIES = `Aarhus Antwerp Athens Barcelona Bergen Berlin Bologna Bremen Brno Budapest Cork Dresden Dublin Ghent Gothenburg Graz
Hamburg Helsinki Krakow Leeds Leipzig Lisbon Ljubljana Lyon Malmo Marseille Milan Munich Nantes Oslo Porto Prague Riga Rotterdam
Seville Tallinn Turin Utrecht Valencia Vienna Vilnius Warsaw Zagreb Zurich`;

const PRODUCTS = `Espresso beans|Filter coffee|Green tea|Oolong tea|Teapot|Pour-over kettle|Burr grinder|Milk jug|Espresso cup|Water filter
Notebook A5|Fountain pen|Ink, blue|Desk lamp|Wool blanket|Linen towel|Candle, cedar|Bath salt|Soap, olive|Hand cream
Rain jacket|Cycling gloves|Bike bell|Bike lock|Head torch|Steel bottle|Lunch box|Picnic rug|Hammock|Camping stove
Chef’s knife|Cutting board|Cast-iron pan|Salad bowl|Bread tin|Pepper mill|Wine glass|Cheese board|Apron|Oven mitt
Board game|Jigsaw, 1000 pieces|Watercolour set|Sketch pad|Wooden train|Kite|Plant pot|Herb seeds|Watering can|Garden gloves`;

const words = (list: string): string => `'{${list.trim().split(/\s+/).join(',')}}'::text[]`;
const names = (list: string): string =>
  `ARRAY[${list
    .split(/[|\n]/)
    .map((name) => `'${name}'`)
    .join(',')}]`;

/**
 * 5,000 customers, 30,000 orders, some 75,000 items, some 28,000 payments. Status and payments agree, but for one order:
 * 4211 was paid and is still `pending`.
 */
export const SHOP_SQL = `
BEGIN;

CREATE TABLE customers (
  id int PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  city text NOT NULL,
  created_at timestamptz NOT NULL,
  newsletter boolean NOT NULL
);
CREATE TABLE products (
  id int PRIMARY KEY,
  name text NOT NULL,
  price numeric(8,2) NOT NULL CHECK (price > 0),
  stock int NOT NULL CHECK (stock >= 0)
);
CREATE TABLE orders (
  id int PRIMARY KEY,
  customer_id int NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')),
  placed_at timestamptz NOT NULL,
  ship_to text NOT NULL,
  note text
);
CREATE TABLE order_items (
  id int PRIMARY KEY,
  order_id int NOT NULL,
  product_id int NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  unit_price numeric(8,2) NOT NULL
);
CREATE TABLE payments (
  id int PRIMARY KEY,
  order_id int NOT NULL,
  method text NOT NULL CHECK (method IN ('card', 'transfer', 'invoice', 'wallet')),
  amount numeric(10,2) NOT NULL,
  status text NOT NULL CHECK (status IN ('captured', 'refunded', 'failed')),
  paid_at timestamptz NOT NULL
);

-- Numbers that look random and never change: 0 .. n-1.
CREATE FUNCTION pg_temp.pick(i bigint, salt int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT ((((i * 2654435761 + salt * 97531) % 4294967296) # (((i * 2654435761 + salt * 97531) % 4294967296) >> 15)) * 40503 % 4294967291 % n)::int
$$;

INSERT INTO customers
SELECT i, first || ' ' || last, lower(first || '.' || last) || i || '@example.com',
  (${words(CITIES)})[1 + pg_temp.pick(i, 3, ${CITIES.trim().split(/\s+/).length})],
  '2022-01-03 09:00+00'::timestamptz + i * interval '3 hours 20 minutes' + pg_temp.pick(i, 4, 300) * interval '1 minute',
  pg_temp.pick(i, 5, 10) < 4
FROM generate_series(1, 5000) AS i,
  LATERAL (SELECT (${words(FIRST)})[1 + pg_temp.pick(i, 1, ${FIRST.trim().split(/\s+/).length})] AS first,
    (${words(LAST)})[1 + pg_temp.pick(i, 2, ${LAST.trim().split(/\s+/).length})] AS last) AS name;

INSERT INTO products
SELECT i, name, (3 + pg_temp.pick(i, 6, 90))::numeric + 0.90, 20 + pg_temp.pick(i, 7, 400)
FROM unnest(${names(PRODUCTS)}) WITH ORDINALITY AS product (name, i);

-- Older orders are settled; the newest are still on their way.
INSERT INTO orders
SELECT i, customer.id,
  CASE
    WHEN chance < 4 THEN 'cancelled'
    WHEN chance < 6 THEN 'refunded'
    WHEN i <= 28500 THEN 'delivered'
    WHEN i <= 29300 THEN 'shipped'
    WHEN i <= 29800 THEN 'paid'
    ELSE 'pending'
  END,
  '2024-01-02 07:00+00'::timestamptz + i * interval '49 minutes' + pg_temp.pick(i, 10, 40) * interval '1 minute',
  customer.city,
  CASE WHEN pg_temp.pick(i, 11, 40) = 0 THEN 'Please leave it with the neighbours.' WHEN pg_temp.pick(i, 11, 40) = 1 THEN 'It is a gift.' END
FROM generate_series(1, 30000) AS i,
  LATERAL (SELECT pg_temp.pick(i, 9, 100) AS chance, 1 + pg_temp.pick(i, 8, 5000) AS customer_id) AS picked
  JOIN customers AS customer ON customer.id = picked.customer_id;

INSERT INTO order_items
SELECT row_number() OVER (ORDER BY i, n), i, product.id, 1 + pg_temp.pick(i * 8 + n, 13, 3), product.price
FROM generate_series(1, 30000) AS i,
  LATERAL generate_series(1, 1 + pg_temp.pick(i, 12, 4)) AS n,
  LATERAL (SELECT 1 + (pg_temp.pick(i, 14, 50) + n * 7) % 50 AS id) AS picked
  JOIN products AS product ON product.id = picked.id;

INSERT INTO payments
SELECT row_number() OVER (ORDER BY o.id), o.id,
  (ARRAY['card', 'card', 'card', 'wallet', 'transfer', 'invoice'])[1 + pg_temp.pick(o.id, 15, 6)],
  total.amount, CASE o.status WHEN 'refunded' THEN 'refunded' ELSE 'captured' END,
  o.placed_at + (1 + pg_temp.pick(o.id, 16, 240)) * interval '1 minute'
FROM orders AS o
  JOIN (SELECT order_id, sum(quantity * unit_price) AS amount FROM order_items GROUP BY order_id) AS total ON total.order_id = o.id
WHERE o.status NOT IN ('pending', 'cancelled') OR o.id = 4211;

UPDATE orders SET status = 'pending', note = 'Customer called twice: the money is gone from the account.' WHERE id = 4211;
INSERT INTO payments
SELECT (SELECT max(id) + 1 FROM payments), o.id, 'card', sum(i.quantity * i.unit_price), 'captured', o.placed_at + interval '12 minutes'
FROM orders AS o JOIN order_items AS i ON i.order_id = o.id
WHERE o.id = 4211 AND NOT EXISTS (SELECT FROM payments WHERE order_id = 4211) GROUP BY o.id;

ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders, ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders;
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (placed_at);
CREATE INDEX ON order_items (order_id);
CREATE INDEX ON payments (order_id);

COMMIT;
`;
