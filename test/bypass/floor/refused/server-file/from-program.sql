-- And reads what it says.
COPY app.log (line) FROM PROGRAM 'echo x'
