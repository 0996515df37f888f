"""How a case group is named: the kind of its cases, a colon, and what they are about."""


def case_kind_of(group: str) -> str:
    return group.partition(":")[0]


def subject_of(group: str) -> str:
    """The subject at whose home a group is judged; an appointment's is its person."""
    subject = group.partition(":")[2]
    return subject.partition("|")[0] if subject.startswith("person:") else subject
