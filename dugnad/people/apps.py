from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "dugnad.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dugnad.people import watching

        watching.start()
