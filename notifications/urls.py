from django.urls import path

from notifications import alert_urls, channel_urls, rule_urls, views

app_name = "notifications"
urlpatterns = [
    *alert_urls.urlpatterns,
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/live/", views.inbox_news, name="inbox-live"),
    path("inbox/replay/", views.replay_dead, name="replay-dead"),
    path("inbox/<int:pk>/", views.push_detail, name="push"),
    path("inbox/<int:pk>/replay/", views.push_replay, name="replay"),
    path("setup/", views.setup, name="setup"),
    path("setup/make/", views.setup_make, name="setup-make"),
    path("setup/<int:pk>/rotate/", views.setup_rotate, name="setup-rotate"),
    path("setup/<int:pk>/retire/", views.setup_retire, name="setup-retire"),
    path("setup/<int:pk>/test/", views.setup_test, name="setup-test"),
    *rule_urls.urlpatterns,
    *channel_urls.urlpatterns,
]
