-- Rights on a large object.
GRANT ALL ON LARGE OBJECT 424242 TO PUBLIC
