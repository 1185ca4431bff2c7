-- Roles without their secrets.
SELECT rolname, rolsuper, rolcanlogin FROM pg_roles
