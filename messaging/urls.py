"""Everything below /messages/."""

from django.urls import path

from messaging import views

app_name = "messages"
urlpatterns = [
    path("", views.message_list, name="list"),
]
