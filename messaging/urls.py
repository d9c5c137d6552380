"""Everything below /messages/."""

from django.urls import path

from common.converters import GICCID
from messaging import bulk_urls, conversation_views, views

app_name = "messages"
urlpatterns = [
    path("", views.message_list, name="list"),
    *bulk_urls.urlpatterns,
    path("live/", views.message_list_live, name="list-live"),
    path("export.csv", views.message_list_csv, name="list-csv"),
    path(GICCID, conversation_views.conversation, name="conversation"),
    path(f"{GICCID}live/", conversation_views.conversation_live, name="conversation-live"),
    path(f"{GICCID}export.csv", conversation_views.conversation_csv, name="conversation-csv"),
    path(f"{GICCID}send/", conversation_views.send, name="send"),
    path(f"{GICCID}read/", conversation_views.mark_read, name="read"),
    path(f"{GICCID}unread/", conversation_views.mark_unread, name="unread"),
]
