"""The console command `dugnad`: Django's management commands under one name."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        assert settings.SECRET_KEY  # the settings are read now
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The data folder cannot be used: {error}. Name another with DUGNAD_DATA_DIR, or mend its rights.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
