"""The project's URLs and one whose view asks nobody who they are allowed to be."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from stoflow.urls import urlpatterns as guarded


def careless(_request: HttpRequest, job_id: int) -> HttpResponse:
    return HttpResponse(f"job {job_id}")


urlpatterns = [path("admin/careless/<int:job_id>/", careless, name="careless"), *guarded]
