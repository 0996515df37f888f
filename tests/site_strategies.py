"""Random facts about two people on three sites in the summer of 2025."""

from hypothesis import strategies as st

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
    st.sampled_from([None, None, "建筑电工"]),
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
    st.builds(lambda site, lead, on: an_acceptance(project_code=site, lead=lead, on=on), sites, people, days),
)
others: st.SearchStrategy[FactData] = st.one_of(
    st.builds(lambda person, present: an_inspection(person=person, present=present), people, st.booleans()),
    st.builds(lambda person, since: an_operators_certificate(holder=person, valid_from=since), people, days),
)


site_facts = st.one_of(check_ins, check_ins, about_projects, others)
