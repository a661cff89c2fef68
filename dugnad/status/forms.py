"""The forms of the import workspace, and the one that tries a method on a file of one's own."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from dugnad.shared.text import translate
from dugnad.status.models import Dataset, Release, Withdrawal

MEGABYTES = 50  # a table of all municipalities, all years and ten parts is far below
LONGEST_NAME = 60


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea({"class": "ds-input", "rows": rows})


class PublishForm(forms.Form):
    """Why published values change, when they do. `key` makes the button harmless when it is pressed twice."""

    reason_nb = forms.CharField(label=_("Reason, bokmål"), max_length=1000, required=False, widget=_area(3))
    reason_nn = forms.CharField(label=_("Reason, nynorsk"), max_length=1000, required=False, widget=_area(3))
    reason_en = forms.CharField(label=_("Reason, English"), max_length=1000, required=False, widget=_area(3))
    cause = forms.ChoiceField(
        label=_("What changed them"),
        choices=[
            (Release.Kind.REVISED, _("A planned revision: the source knows more now")),
            (Release.Kind.CORRECTED, _("A correction: the published values were wrong")),
            (Release.Kind.METHOD, _("A new method: they are measured in another way")),
        ],
        required=False,
        widget=forms.Select({"class": "ds-input"}),
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, alters: bool, **kwargs: Any) -> None:
        kwargs["auto_id"] = "publish_%s"  # two forms stand on one page
        super().__init__(*args, **kwargs)
        self.fields["reason_nb"].required = alters
        self.fields["reason_nb"].help_text = gettext(
            "Readers see it on the page of the release. What changed, and why?"
        )
        self.fields["reason_nb"].error_messages["required"] = gettext(
            "Published values change: write why, so that readers can understand it."
        )

    @property
    def reason(self) -> dict[str, str] | None:
        return _in_languages(self.cleaned_data) or None


def _why(rows: int = 2, **said: Any) -> forms.CharField:
    return forms.CharField(max_length=1000, widget=_area(rows), **said)


class _MomentForm(forms.Form):
    """A moment in Norway: a day, and a time of day that is eight in the morning unless another is said."""

    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput({"class": "ds-input", "type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as 2026-04-25."), "required": _("Choose the day.")},
    )
    clock = forms.TimeField(
        label=_("Time in Norway"),
        initial=time(8),
        widget=forms.TimeInput({"class": "ds-input", "type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Write the time as 08:00."), "required": _("Write the time as 08:00.")},
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("day") and said.get("clock"):
            moment = timezone.make_aware(datetime.combine(said["day"], said["clock"]))
            if timezone.localtime(moment.astimezone(UTC)).time() != said["clock"]:
                self.add_error(
                    "clock", gettext("There is no such time that night: the clocks go forward. Choose another.")
                )
            elif moment <= timezone.now():
                self.add_error("day", gettext("The moment has passed. Choose a later one."))
            said["publish_at"] = moment
        return said


class ScheduleForm(_MomentForm, PublishForm):
    """What is published later, the same moment for all."""

    note_nb = _why(
        label=_("What readers are told beforehand, bokmål"),
        help_text=_("Stands in the calendar at once. Write nothing of what the figures say."),
        required=False,
    )
    note_nn = _why(label=_("What readers are told beforehand, nynorsk"), required=False)
    note_en = _why(label=_("What readers are told beforehand, English"), required=False)

    def __init__(self, *args: Any, alters: bool, **kwargs: Any) -> None:
        super().__init__(*args, alters=alters, **kwargs)
        self.auto_id = "schedule_%s"

    @property
    def note(self) -> dict[str, str]:
        return _in_languages(self.cleaned_data, "note")


class ChangePlanForm(forms.Form):
    """Why a promise is moved or taken back: readers see it in the calendar."""

    reason_nb = _why(
        label=_("Why, bokmål"),
        help_text=_("Readers see it in the calendar."),
        error_messages={"required": _("Write why, so that readers can understand it.")},
    )
    reason_nn = _why(label=_("Why, nynorsk"), required=False)
    reason_en = _why(label=_("Why, English"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    @property
    def reason(self) -> dict[str, str]:
        return _in_languages(self.cleaned_data)


class MoveForm(_MomentForm, ChangePlanForm):
    """Another moment for a planned release."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "move_%s"
        super().__init__(*args, **kwargs)


class CancelForm(ChangePlanForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "cancel_%s"
        super().__init__(*args, **kwargs)


class RefuseForm(forms.Form):
    why = forms.CharField(
        label=_("Why it is set aside"),
        help_text=_("Kept in the log with your name. Readers do not see it."),
        max_length=1000,
        widget=_area(3),
        error_messages={"required": _("Write why, so that the next one who looks understands it.")},
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "refuse_%s"
        super().__init__(*args, **kwargs)


class WithdrawForm(forms.Form):
    """Why a release is withdrawn. It cannot be undone: what was right is published anew."""

    why = forms.ChoiceField(
        label=_("What is wrong"),
        choices=[
            (
                Withdrawal.Kind.ERROR,
                _("The figures are wrong: they can still be seen as published then, with a notice"),
            ),
            (Withdrawal.Kind.PROTECTION, _("Persons can be recognised: nobody is given the figures any more")),
        ],
        widget=forms.Select({"class": "ds-input"}),
    )
    reason_nb = forms.CharField(
        label=_("Reason, bokmål"),
        help_text=_("Readers see it wherever the figures stood."),
        max_length=1000,
        widget=_area(3),
        error_messages={"required": _("Write why, so that readers can understand it.")},
    )
    reason_nn = forms.CharField(label=_("Reason, nynorsk"), max_length=1000, required=False, widget=_area(3))
    reason_en = forms.CharField(label=_("Reason, English"), max_length=1000, required=False, widget=_area(3))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "withdraw_%s"
        super().__init__(*args, **kwargs)

    @property
    def reason(self) -> dict[str, str]:
        return _in_languages(self.cleaned_data)


def _in_languages(written: dict[str, Any], name: str = "reason") -> dict[str, str]:
    return {lang: text for lang in ("nb", "nn", "en") if (text := written[f"{name}_{lang}"])}


class _DatasetField(forms.ModelChoiceField):
    def label_from_instance(self, dataset: Any) -> str:
        return f"{translate(dataset.title)} ({translate(dataset.provider.name)})"


class UploadForm(forms.Form):
    """A new file for a dataset that has been imported before: read with the mapping of the last time."""

    dataset = _DatasetField(
        label=_("Dataset"),
        queryset=Dataset.objects.none(),
        empty_label=_("Choose a dataset"),
        help_text=_("The file must have the same columns as the last one."),
        widget=forms.Select({"class": "ds-input"}),
        error_messages={"required": _("Choose which dataset the file belongs to.")},
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, at most 50 MB. Nothing is published before you have seen what it changes."),
        max_length=1000,
        widget=forms.ClearableFileInput({"class": "ds-input"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty. Choose another.")},
    )
    kind = forms.ChoiceField(
        label=_("What the source calls its figures"),
        choices=[(kind.value, kind.label) for kind in (Release.Kind.FINAL, Release.Kind.PRELIMINARY)],
        widget=forms.Select({"class": "ds-input"}),
    )
    decimal = forms.ChoiceField(
        label=_("How the file writes decimals"),
        help_text=_("Norwegian spreadsheets write a comma when they save as CSV."),
        choices=[("", _("as the last file")), (",", _("with a comma: 2,01")), (".", _("with a point: 2.01"))],
        required=False,
        widget=forms.Select({"class": "ds-input"}),
    )
    retrieved_on = forms.DateField(
        label=_("When the file was got from the source"),
        widget=forms.DateInput({"class": "ds-input", "type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as 2026-04-25."), "required": _("Write the day as 2026-04-25.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        datasets = Dataset.objects.filter(imports__isnull=False).distinct().select_related("provider")
        self.fields["dataset"].queryset = datasets.order_by(f"title__{get_language() or 'nb'}", "key")  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MEGABYTES * 2**20:
            raise forms.ValidationError(
                gettext("The file is larger than %(size)s MB. Split it, for instance by year.") % {"size": MEGABYTES}
            )
        return file

    def clean_retrieved_on(self) -> date:
        day = self.cleaned_data["retrieved_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(gettext("The day has not been yet. Write the day you got the file."))
        return day

    def mapping(self, last: dict[str, Any]) -> dict[str, Any]:
        """The mapping of the last file, with the decimal mark that is chosen for this one."""
        mark = self.cleaned_data["decimal"]
        if not mark or self.cleaned_data["dataset"].reader != "tabular":
            return last
        return {key: value for key, value in last.items() if (key, value) != ("thousands", mark)} | {"decimal": mark}

    @property
    def file_name(self) -> str:
        """The file's own name without what no file name needs, its ending kept."""
        name = "".join(c for c in self.cleaned_data["file"].name if c.isprintable() and c not in "/\\")
        return name[-LONGEST_NAME:].lstrip(". ") or "file"


PASTED = 200_000  # characters a field of the trial keeps; what is longer is sent as a file


def _file(**said: Any) -> forms.FileField:
    widget = forms.FileInput({"class": "ds-input"})
    return forms.FileField(required=False, max_length=1000, allow_empty_file=True, widget=widget, **said)


def _pasted(rows: int, **said: Any) -> forms.CharField:
    widget = forms.Textarea({"class": "ds-input", "rows": rows, "spellcheck": "false"})
    return forms.CharField(required=False, max_length=PASTED, strip=False, widget=widget, **said)


class TrialForm(forms.Form):
    """Values and a method, each as a file or as text. What was sent as text comes back to be mended."""

    values = _file(
        label=_("Your values, as a file"),
        help_text=_("CSV or XLSX with the columns place, indicator, period and value; at most 10 MB."),
    )
    values_text = _pasted(6, label=_("… or the values as text"))
    base = forms.ChoiceField(
        label=_("Method"),
        help_text=_("The rules. Your own file may say something else, and then it counts."),
        required=False,
        widget=forms.Select({"class": "ds-input"}),
    )
    method = _file(
        label=_("The indicators of the method, as a file"),
        help_text=_("A method file (YAML or JSON), or a table (CSV) with the columns code, goal, lower and upper."),
    )
    method_text = _pasted(10, label=_("… or the indicators as text"))

    def __init__(self, *args: Any, bases: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].choices = [("", _("Only what my file says")), *bases]  # type: ignore[attr-defined]

    def sent(self, field: str, otherwise: str) -> tuple[str, bytes] | None:
        """Name and content of what was sent in a field: the file before the text; None where there is neither."""
        if file := self.cleaned_data.get(field):
            return file.name, file.read()
        if text := self.cleaned_data.get(f"{field}_text"):
            return otherwise, text.replace("\r\n", "\n").encode()
        return None


class ExplainProblemForm(forms.Form):
    """Why something a check found is no fault."""

    reason = forms.CharField(
        label=_("Why the number is right"),
        max_length=1000,
        widget=forms.Textarea({"class": "ds-input", "rows": 2}),
        error_messages={"required": _("Write why the number is right.")},
    )
