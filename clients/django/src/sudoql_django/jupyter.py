"""`%load_ext sudoql_django.jupyter`, then `%sudo why`, `%unsudo`, `%sudo_status`. Nothing asks: a notebook has no terminal."""


def load_ipython_extension(ipython) -> None:
    from .elevation import status, sudo, unsudo

    def begin(line: str):
        reason = line.strip()
        if not reason:
            raise ValueError("%sudo why")
        return sudo(reason)

    ipython.register_magic_function(begin, "line", "sudo")
    ipython.register_magic_function(lambda line: unsudo(), "line", "unsudo")
    ipython.register_magic_function(lambda line: status(), "line", "sudo_status")
