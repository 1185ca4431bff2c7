-- TABLE.
TABLE customers
