-- Also back to where it was.
SET ROLE NONE
