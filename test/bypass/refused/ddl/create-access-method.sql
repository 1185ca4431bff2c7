-- How tables are stored.
CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler
