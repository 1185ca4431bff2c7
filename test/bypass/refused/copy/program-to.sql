-- COPY runs a program.
COPY customers TO PROGRAM 'touch /tmp/sudoql-corpus-program'
