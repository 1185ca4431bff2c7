from django.http import HttpResponse
from django.urls import path
from shop.models import Order

from sudoql_django import sudo


def write(request):
    Order.objects.filter(id=4211).update(ship_to="by a view")
    return HttpResponse("written")


def write_with_a_reason(request):
    sudo("test of the django client")
    return write(request)


urlpatterns = [path("write", write), path("why", write_with_a_reason)]
