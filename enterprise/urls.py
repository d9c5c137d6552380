from django.urls import path

from enterprise import run_views, views

app_name = "enterprise"
urlpatterns = [
    path("", views.enterprise_list, name="list"),
    path("new/", views.enterprise_create, name="create"),
    path("choose/", views.enterprise_choose, name="choose"),
    path("sync-chip/", views.sync_chip_view, name="sync-chip"),
    path("sync/", run_views.run_list, name="runs"),
    path("sync/rejected/", run_views.rejected_list, name="rejected"),
    path("sync/<int:pk>/", run_views.run_detail, name="run"),
    path("<int:pk>/", views.enterprise_detail, name="detail"),
    path("<int:pk>/budget/", views.budget, name="budget"),
    path("<int:pk>/edit/", views.enterprise_edit, name="edit"),
    path("<int:pk>/test/", views.enterprise_test, name="test"),
    path("<int:pk>/sweep/", run_views.run_start, name="sweep"),
]
