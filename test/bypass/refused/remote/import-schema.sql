-- Its tables, made here.
IMPORT FOREIGN SCHEMA public FROM SERVER elsewhere INTO public
