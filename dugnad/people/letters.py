"""Letters by e-mail, sent by the worker."""

from django.core.mail import EmailMessage
from django_tasks import task


@task
def send_letter(to: list[str], subject: str, body: str) -> None:
    EmailMessage(subject, body, to=to).send()
