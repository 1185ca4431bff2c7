-- What is more than stable would run at COMMIT, when nobody looks any more.
DECLARE c CURSOR WITH HOLD FOR SELECT random() FROM customers
