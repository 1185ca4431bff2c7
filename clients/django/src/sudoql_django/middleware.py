"""A page that explains a refused write, instead of a server error."""

from django.http import HttpResponse, JsonResponse
from django.utils.html import escape

from .errors import ElevationEnded, SudoRefused, SudoRequired

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Not written</title>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem">
<h1 style="font-size:1.4rem">Nothing was written</h1><p>{message}</p><p>{detail}</p><p>{hint}</p></body></html>"""


class SudoqlMiddleware:
    """403 with the gateway's words, as HTML or JSON as the client prefers."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, (SudoRequired, SudoRefused, ElevationEnded)):
            return None
        said = {"message": str(exception), "detail": exception.detail, "hint": exception.hint}
        if request.accepts("text/html"):
            return HttpResponse(_PAGE.format(**{name: escape(text) for name, text in said.items()}), status=403)
        return JsonResponse({"code": exception.code, **said}, status=403)
