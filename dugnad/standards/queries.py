"""What one may ask of standards. Reference data: kept in memory, read again when other definitions are loaded."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

from dugnad.standards.models import Aggregation, DefinitionFile, Edition, Goal, IndicatorVersion, Status

P = ParamSpec("P")
R = TypeVar("R")
_lock = Lock()
_kept: dict[tuple, object] = {}
_key = ""


def loaded_key() -> str:
    """Names what is loaded: it changes when, and only when, a definition changes."""
    return " ".join(DefinitionFile.objects.order_by("subject").values_list("sha256", flat=True))


def _keep(question: Callable[P, R]) -> Callable[P, R]:
    """Answers from memory while the same definitions are loaded."""

    @wraps(question)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        global _key
        key = loaded_key()
        with _lock:
            if key != _key:
                _kept.clear()
                _key = key
        asked = (question.__name__, args, tuple(sorted(kwargs.items())))
        if asked not in _kept:
            _kept[asked] = question(*args, **kwargs)
        return _kept[asked]  # type: ignore[return-value]

    return answer


@_keep
def goals() -> list[Goal]:
    """The 17, in order."""
    return list(Goal.objects.all())


@_keep
def current_versions() -> list[IndicatorVersion]:
    """The indicators of each set's newest published edition, with what a page of numbers needs of them."""
    newest: dict[str, Edition] = {}
    for edition in Edition.objects.filter(status=Status.PUBLISHED).order_by("valid_from"):
        newest[edition.set_id] = edition
    return list(_versions().filter(edition__in=newest.values()))


@_keep
def earlier_versions() -> dict[str, tuple[str, ...]]:
    """For each current version, the ids of its earlier versions, oldest first."""
    found: dict[str, tuple[str, ...]] = {}
    for version in current_versions():
        older = IndicatorVersion.objects.filter(
            indicator=version.indicator_id, edition__valid_from__lt=version.edition.valid_from
        ).order_by("edition__valid_from")
        if ids := tuple(older.values_list("id", flat=True)):
            found[version.id] = ids
    return found


@_keep
def version_ids() -> set[str]:
    """The ids of all published and retired versions: what an observation may be of."""
    return set(IndicatorVersion.objects.exclude(edition__status=Status.DRAFT).values_list("id", flat=True))


@_keep
def additive_versions() -> set[str]:
    """The versions whose values add up over territory."""
    return set(IndicatorVersion.objects.filter(aggregation=Aggregation.SUM).values_list("id", flat=True))


@_keep
def indicator_version(version_id: str) -> IndicatorVersion:
    """A version by its id; IndicatorVersion.DoesNotExist when there is none."""
    return _versions().get(pk=version_id)


def _versions():
    return IndicatorVersion.objects.select_related("edition__set", "unit", "group", "indicator").prefetch_related(
        "goals", "goal_links__goal", "targets", "data_points__unit", "aliases", "related_links__indicator"
    )
