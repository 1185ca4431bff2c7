-- With a number of one's choice.
SELECT lo_import('/etc/passwd', 777777)
