-- Control may not connect any more: no elevation can be ended from outside.
ALTER USER corpus_control NOLOGIN
