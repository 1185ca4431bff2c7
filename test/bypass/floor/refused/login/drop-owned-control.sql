-- Control loses CONNECT: no elevation can be ended from outside.
DROP OWNED BY corpus_control CASCADE
