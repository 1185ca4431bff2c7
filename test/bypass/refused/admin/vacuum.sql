-- READ ONLY permits VACUUM.
VACUUM customers
