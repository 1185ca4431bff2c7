"""Django on a sudoql gateway. Three lines of settings; the gateway enforces, this makes it pleasant.

    INSTALLED_APPS = ["sudoql_django", ...]
    DATABASES = {"default": {"ENGINE": "sudoql_django", "HOST": "the gateway", "PORT": ..., "USER": ..., "PASSWORD": "sudoql_…"}}
"""

from .elevation import mode, status, sudo, unsudo
from .errors import ElevationEnded, ReadOnly, SudoRefused, SudoRequired

__all__ = ["ElevationEnded", "ReadOnly", "SudoRefused", "SudoRequired", "mode", "status", "sudo", "unsudo"]
