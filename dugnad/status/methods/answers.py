"""What methods answer with, in words: judgements, colours, arrows, and why there is no number."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What the judgements of one value or one series are called, and what is said where no number can be right.
ANSWERS: dict[str, Promise] = {
    "achieved": _("the target is reached"),
    "on_track": _("on track"),
    "acceleration_needed": _("progress, but it must go faster"),
    "limited": _("little progress"),
    "deterioration": _("going the wrong way"),
    "on_path": _("on the line or ahead of it"),
    "behind": _("behind the line"),
    "away": _("farther away than in the base year"),
    "missed": _("the year is over, and the target was not reached"),
    "no_benchmark": _("no benchmark published"),
    "not_reported": _("not reported"),
    "target_is_start": _("the benchmark and the starting value are the same: there is no way to measure along"),
    "target_wrong_way": _(
        "the target lies on the worse side of where it begins: met from the start, or it or its direction is wrong"
    ),
    "target_is_base": _("the value in the base year is the target already: there is no distance to measure"),
    "too_early": _("no time has passed since the base year"),
    "deadline_passed": _("the target’s year is not after the base year"),
    "base_is_zero": _("the value in the base year is zero, and no change is a share of zero"),
    "too_little_data": _("too many indicators without a value"),
    "no_group_mean": _("a goal is missing, and the group has no mean to give"),
    "no_scores": _("no scores"),
}
# How a judgement looks beside its word: the kinds of a status badge, each with a shape of its own.
LOOKS = {
    **dict.fromkeys(("green", "on_track", "achieved", "on_path"), "good"),
    **dict.fromkeys(("yellow", "acceleration_needed", "moderately_improving"), "fair"),
    **dict.fromkeys(("orange", "limited", "behind", "stagnating"), "weak"),
    **dict.fromkeys(("red", "deterioration", "away", "missed", "decreasing"), "poor"),
}
COLOURS: dict[str | None, Promise] = {
    "red": _("red"), "orange": _("orange"), "yellow": _("yellow"), "green": _("green"),
}  # fmt: skip
ARROWS: dict[str | None, Promise] = {
    "on_track": _("on track"), "moderately_improving": _("moderately improving"), "stagnating": _("stagnating"),
    "decreasing": _("decreasing"),
}  # fmt: skip
