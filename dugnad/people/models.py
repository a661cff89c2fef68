"""Persons, the organisations they act for, and the offices they hold there.

Rights are not stored: they follow from the offices a person holds today (see `policy.py`).
"""

from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who can sign in; without a password nobody can, until one is set by the link sent to them."""
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody with an account. The e-mail address signs in; it is never a key to anything else."""

    class Language(models.TextChoices):
        NB = "nb", "Bokmål"
        NN = "nn", "Nynorsk"
        EN = "en", "English"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=2, choices=Language, default=Language.NB)
    is_active = models.BooleanField(default=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="person_email_in_lower_case")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Organisation(models.Model):
    """Who acts: a municipality or county as an organisation, a network, or another. The place itself is in `places`."""

    class Kind(models.TextChoices):
        MUNICIPALITY = "municipality", _("municipality")
        COUNTY = "county", _("county council")
        NETWORK = "network", _("network")
        OTHER = "other", _("other organisation")

    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=200)
    number = models.CharField(max_length=9, blank=True)
    place_code = models.CharField(max_length=4, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="organisation_number_once"),
            models.UniqueConstraint(
                fields=["kind", "place_code"], condition=~Q(place_code=""), name="organisation_place_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["municipality", "county"]) ^ Q(place_code=""), name="organisation_place_by_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfficeQuerySet(models.QuerySet["Office"]):
    def held_on(self, day: date) -> "OfficeQuerySet":
        """Half-open: on the day an office ends it is no longer held."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Office(models.Model):
    """A person holds a role at an organisation for a term. The operator's office belongs to the installation itself."""

    class Role(models.TextChoices):
        ADVISER = "adviser", _("adviser")
        SECRETARIAT = "secretariat", _("secretariat")
        OPERATOR = "operator", _("operator")

    person = models.ForeignKey(Person, models.PROTECT, related_name="offices")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="offices")
    role = models.CharField(max_length=20, choices=Role)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="office_term"),
            models.CheckConstraint(
                condition=Q(role="operator") ^ Q(organisation__isnull=False), name="office_organisation_by_role"
            ),
            models.UniqueConstraint(fields=["person", "organisation", "role", "valid_from"], name="office_once"),
            models.UniqueConstraint(
                fields=["person", "role", "valid_from"], condition=Q(organisation=None), name="office_of_operator_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.role}"
