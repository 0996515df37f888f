"""Random facts about two people on three sites in the summer of 2025."""

from hypothesis import strategies as st

from domain.facts.attendance import LeadChanged
from domain.facts.fact import FactData
from tests.builders import BIDDER, LEAD, RIVAL, SOMEONE_ELSE
from tests.site_builders import (
    ELSEWHERE,
    GUANGZHOU,
    PROJECT,
    SHENZHEN,
    THIRD_PLACE,
    a_start,
    a_stop,
    an_acceptance,
    an_inspection,
    an_operators_certificate,
    checked,
    stayed,
    working_days,
)

people = st.sampled_from([LEAD, LEAD, SOMEONE_ELSE])
sites = st.sampled_from([PROJECT, ELSEWHERE, THIRD_PLACE])
moments = st.builds(
    "{:02d}-{:02d} {:02d}:{:02d}".format,
    st.integers(7, 8),
    st.integers(1, 4),
    st.integers(6, 19),
    st.sampled_from([0, 30]),
)
days = st.builds("2025-{:02d}-{:02d}".format, st.integers(6, 8), st.integers(1, 28))
check_ins: st.SearchStrategy[FactData] = st.builds(
    lambda moment, site, direction, method, place, trade, person: checked(
        moment, site, direction, method=method, trade=trade, person=person, **place
    ),
    moments,
    sites,
    st.sampled_from(["in", "out"]),
    st.sampled_from(["face", "manual"]),
    st.sampled_from([{}, GUANGZHOU, SHENZHEN]),
    st.sampled_from([None, None, "建筑电工", "项目负责人"]),
    people,
)
about_projects: st.SearchStrategy[FactData] = st.one_of(
    st.builds(
        lambda site, lead, on, contractor, beside: a_start(
            project_code=site, lead=lead, on=on, contractor=contractor, adjacent_to=beside
        ),
        sites,
        people,
        days,
        st.sampled_from([BIDDER, RIVAL]),
        st.sampled_from([None, PROJECT]),
    ),
    st.builds(lambda site, lead, on: a_stop(project_code=site, lead=lead, on=on), sites, people, days),
    st.builds(
        lambda site, old, new, on: LeadChanged(
            project_code=site, old=old, new=new, on=on, reason="调离", document_no="变更-1"
        ),
        sites,
        people,
        people,
        days,
    ),
    st.builds(lambda site, lead, on: an_acceptance(project_code=site, lead=lead, on=on), sites, people, days),
)
others: st.SearchStrategy[FactData] = st.one_of(
    st.builds(
        lambda person, present, answered: an_inspection(person=person, present=present, answered=answered),
        people,
        st.booleans(),
        st.sampled_from([None, True, False]),
    ),
    st.builds(
        lambda person, since, trade: an_operators_certificate(holder=person, valid_from=since, trade=trade),
        people,
        days,
        st.sampled_from(["建筑电工", "建筑电工", None]),
    ),
)
site_facts = st.one_of(check_ins, check_ins, about_projects, others)


@st.composite
def presence(draw: st.DrawFn) -> list[FactData]:
    """The lead is on site on most working days of a month; some check-ins may be entered by hand."""
    on_site = working_days()[: draw(st.integers(14, 21))]
    by_hand = draw(st.integers(0, 5))
    return [
        checked(f"{day:%m-%d} 08:00", method="manual" if number < by_hand else "face")
        for number, day in enumerate(on_site)
    ]


@st.composite
def movements(draw: st.DrawFn) -> list[FactData]:
    """The lead is in two towns: too soon after each other, at the same time, or with time for the way."""
    if draw(st.booleans()):
        minutes = draw(st.sampled_from(["20", "59"]))
        return [checked("08-04 08:00", **GUANGZHOU), checked(f"08-04 08:{minutes}", ELSEWHERE, **SHENZHEN)]
    return [*stayed("08-04"), *stayed("08-04", draw(st.sampled_from(["12:00-18:00", "17:00-20:00"])), ELSEWHERE)]


@st.composite
def operations(draw: st.DrawFn) -> list[FactData]:
    """Somebody works in a special trade, with a certificate of that trade, of another, or of none that it names."""
    person = draw(people)
    certificate = an_operators_certificate(
        holder=person,
        trade=draw(st.sampled_from(["建筑电工", "建筑架子工", None])),
        valid_to=draw(st.sampled_from([None, "2025-08-03"])),
    )
    return [certificate, checked("08-04 08:00", person=person, trade="建筑电工")]


stories: st.SearchStrategy[list[FactData]] = st.one_of(st.just([]), presence(), movements(), operations())
