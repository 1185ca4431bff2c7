-- A view's tables are planned like any other.
SELECT * FROM sly_view
