"""Editing: one reading laid over another, so that a change changes only what it names."""

from __future__ import annotations

from dataclasses import replace

from shadowplay.named import Named, Reading
from shadowplay.names import is_puppet


def changed(first: Reading, then: Reading) -> Reading:
    """Lay one reading over another."""
    merged = Reading(
        roles=[replace(role) for role in first.roles],
        said=dict(first.said),
        removed=first.removed | then.removed,
        action=then.action or first.action,
        unknown=list(then.unknown),
        deeds=[replace(deed) for deed in (*first.deeds, *then.deeds)],
    )
    for value in then.removed:
        merged.roles = [role for role in merged.roles if role.actor != value]
        merged.said = {kind: said for kind, said in merged.said.items() if said != value}
    merged.removed -= set(then.said.values())
    if "time" in then.said or "style" in then.said:
        merged.said.pop("accent", None)
        merged.said.pop("style", None)
    if "falling" in then.said and "sky" not in then.said:
        merged.said.pop("sky", None)
    merged.said.update(then.said)
    for deed in merged.deeds:
        # "it explodes" is said of the first that is there.
        if not deed.who and not deed.what and merged.roles:
            deed.what = merged.roles[0].actor
    _recast(merged, then.roles)
    if then.action:
        for role in merged.roles:
            role.action = then.action
    return merged


def _recast(merged: Reading, roles: list[Named]) -> None:
    """Let subjects that are named again change, and new ones join.

    When an old and a new one are named ("change the horse to a fox"), the new takes its place; but
    a character who is there stays.
    """
    known = {role.actor: role for role in merged.roles}
    again = [role for role in roles if role.actor in known]
    new = [role for role in roles if role.actor not in known]
    for role in again:
        _update(known[role.actor], role)
    if again and new and not is_puppet(again[0].actor):
        old = known[again[0].actor]
        merged.rename(old.actor, new[0].actor)
        old.actor, old.colour = new[0].actor, new[0].colour or old.colour
        old.count = new[0].count if new[0].count > 1 else old.count
        old.action = new[0].action or old.action
        new = new[1:]
    elif new and len(merged.roles) == 1 and roles:
        merged.roles.append(new[0])
        new = new[1:]
    merged.roles.extend(new)


def _update(role: Named, change: Named) -> None:
    role.colour = change.colour or role.colour
    role.wears = change.wears or role.wears
    role.clothes = role.clothes | change.clothes
    role.action = change.action or role.action
    role.place = change.place or role.place
    role.acts = [*role.acts, *change.acts]
    if change.count != 1:
        role.count = change.count
