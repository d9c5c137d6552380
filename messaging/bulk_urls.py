"""Messages to many, templates and settings, below /messages/."""

from django.urls import path

from messaging import bulk_views, settings_views, template_views

urlpatterns = [
    path("bulk/<uuid:uid>/", bulk_views.bulk, name="bulk"),
    path("bulk/<uuid:uid>/custom-fields/", bulk_views.bulk_custom, name="bulk-custom"),
    path("templates/", template_views.template_list, name="templates"),
    path("templates/new/", template_views.template_new, name="template-new"),
    path("templates/<int:pk>/", template_views.template_detail, name="template"),
    path("templates/<int:pk>/save/", template_views.template_save, name="template-save"),
    path("templates/<int:pk>/remove/", template_views.template_remove, name="template-remove"),
    path("settings/", settings_views.settings, name="settings"),
    path("settings/save/", settings_views.settings_save, name="settings-save"),
]
