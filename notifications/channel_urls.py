"""Channels and what was sent to them, under /notifications/."""

from django.urls import path

from notifications import channel_views, delivery_views

urlpatterns = [
    path("channels/", channel_views.channel_list, name="channels"),
    path("channels/new/<str:kind>/", channel_views.channel_new, name="channel-new"),
    path("channels/<int:pk>/", channel_views.channel_edit, name="channel"),
    path("channels/<int:pk>/switch/", channel_views.channel_switch, name="channel-switch"),
    path("channels/<int:pk>/secret/", channel_views.channel_renew, name="channel-secret"),
    path("channels/<int:pk>/remove/", channel_views.channel_remove, name="channel-remove"),
    path("channels/<int:pk>/test/", channel_views.channel_test, name="channel-test"),
    path("deliveries/", delivery_views.delivery_list, name="deliveries"),
    path("deliveries/<int:pk>/", delivery_views.delivery_detail, name="delivery"),
    path("deliveries/<int:pk>/again/", delivery_views.delivery_again, name="delivery-again"),
]
