-- COPY runs a program for its rows.
COPY customers FROM PROGRAM 'echo 1'
