-- After empty ones.
;;; DELETE FROM orders
