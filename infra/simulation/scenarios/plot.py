"""What a scenario works on: one lead, one bidder, one opening, and the pen to plant facts with."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from infra.simulation.firms import Firm, Firms
from infra.simulation.insurance import KIND as INSURANCE_PAID
from infra.simulation.insurance import paid_on, payment, reference
from infra.simulation.licences import Certificate, Issuer
from infra.simulation.months import LOOKBACK_MONTHS, Month, Window, at, last_day, month_of
from infra.simulation.people import Births, Person
from infra.simulation.stints import Payer, Stint
from infra.simulation.suppliers import Suppliers
from infra.simulation.wire import EXEMPTIONS, REGISTRATIONS, Post, Reference


@dataclass(frozen=True)
class Town:
    """What all plots of a city share."""

    window: Window
    firms: Firms
    births: Births
    issuer: Issuer
    post: Post
    rng: Random
    suppliers: Suppliers


@dataclass
class Plot:
    """One appointment to be planted; ``supplier`` is who insures the lead where a lot scenario says so.

    ``replaces`` is set by a scenario whose lead was first read out as somebody else;
    ``correction_first`` where the correction of the opening overtakes the opening.
    """

    town: Town
    bidder: Firm
    opened_on: date
    lead: Person
    others: Collection[Firm] = ()
    certificate_no: str = ""
    replaces: "Plot | None" = None
    correction_first: bool = False
    assessed: bool = False
    supplier: Firm | None = None
    _met: list[Firm] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.certificate_no = self.certificate_no or self.a_certificate_no()

    # The calendar around the opening.

    def month(self, before: int) -> Month:
        """The month that lies ``before`` months before that of the opening."""
        return month_of(self.opened_on) - before

    @staticmethod
    def months_left(window: Window, opened_on: date) -> int:
        """The whole months of the window after that of an opening."""
        return window.last - month_of(opened_on)

    @property
    def lookback(self) -> tuple[Month, Month]:
        """First and last look-back month."""
        return self.month(LOOKBACK_MONTHS), self.month(1)

    def day(self, offset: int) -> date:
        return self.opened_on + timedelta(days=offset)

    def end_of_opening_month(self) -> date:
        return last_day(month_of(self.opened_on))

    def years_ago(self) -> date:
        return self.day(-self.town.rng.randrange(800, 1_000))

    # Who else there is.

    def a_stranger(self) -> Firm:
        """A firm that is neither the bidder, nor a rival, nor one met before."""
        strangers = [firm for firm in self.town.firms.strangers if firm not in self._met]
        contractors = [
            firm
            for firm in self.town.firms.contractors
            if firm != self.bidder and firm not in self.others and firm not in self._met
        ]
        chosen = self.town.rng.choice(strangers if not contractors or self.town.rng.random() < 0.6 else contractors)
        self._met.append(chosen)
        return chosen

    def a_payer(self) -> Firm:
        """A stranger who may insure leads of the bidder: nobody becomes a broker by chance."""
        firms = self.town.firms
        avoided = [*self.others, *self._met]
        payers = [*firms.strangers, *firms.contractors]
        chosen = self.town.suppliers.one_for(self.bidder, payers, avoiding=avoided)
        self._met.append(chosen)
        return chosen

    def an_agent(self) -> Firm:
        """An agent who may insure leads of the bidder."""
        return self.town.suppliers.one_for(self.bidder, self.town.firms.agents, avoiding=())

    def the_supplier(self) -> Firm:
        assert self.supplier is not None
        return self.supplier

    def a_certificate_no(self) -> str:
        """The number of a registered constructor 注册建造师, grade one."""
        return f"粤1{self.town.rng.randrange(2006, 2024)}{self.town.rng.randrange(10**9):09d}"

    # What can be planted.

    def registered(
        self,
        employer: Firm,
        *,
        since: date | None = None,
        until: date | None = None,
        certificate_no: str | None = None,
        province: str = "44",
        qualification: str = "一级注册建造师",
        arrives: datetime | None = None,
    ) -> Reference:
        """A registration; without ``since`` it began years ago."""
        since = since or self.years_ago()
        data = {
            "person": self.lead.door,
            "employer": employer.org,
            "certificate_no": certificate_no or self.certificate_no,
            "qualification": qualification,
            "province": province,
            "valid_from": since.isoformat(),
        }
        if until:
            data["valid_to"] = until.isoformat()
        return self.town.post.send("registration-recorded", REGISTRATIONS, data, happened=since, arrives=arrives)

    def registration_cancelled(self, on: date, *, certificate_no: str | None = None) -> Reference:
        number = certificate_no or self.certificate_no
        data = {"person": self.lead.door, "certificate_no": number, "cancelled_on": on.isoformat()}
        return self.town.post.send("registration-cancelled", REGISTRATIONS, data, happened=on)

    def insured(
        self,
        payer: Firm | Payer,
        *,
        since: Month | None = None,
        through: Month | None = None,
        schemes: tuple[str, ...] | None = None,
        paid_on: date | None = None,
        arrives: datetime | None = None,
        person: str | None = None,
    ) -> Stint:
        """Insurance by ``payer``, both months inclusive; without them from the first to the last."""
        window = self.town.window
        stint = Stint(
            Payer.of(payer) if isinstance(payer, Firm) else payer,
            max(since or window.first, window.first),
            min(through or window.last, window.last),
            schemes or self.town.rng.choice((("pension",), ("pension",), ("pension", "medical"))),
            paid_on,
            arrives,
            person,
        )
        self.lead.stints.append(stint)
        return stint

    def insured_later(self) -> None:
        """Where all payments end around the opening the bidder pays after it: nobody's payments stop unplanned."""
        since = self.month(-2)
        stints = self.lead.stints
        if stints and max(stint.last for stint in stints) < since <= self.town.window.last:
            self.insured(self.bidder, since=since, schemes=("pension",))

    def employed(self) -> Person:
        """Insured by the bidder, and nothing else."""
        self.insured(self.bidder)
        return self.lead

    def exempted(
        self,
        ground: str,
        workplace: Firm,
        *,
        payer: Firm | None = None,
        since: date | None = None,
        until: date | None = None,
        arrives: datetime | None = None,
    ) -> Reference:
        since = since or self.day(-400)
        data = {
            "person": self.lead.door,
            "ground": ground,
            "workplace": workplace.org,
            "valid_from": since.isoformat(),
            "document_no": f"穗人社函〔{since.year}〕{self.town.rng.randrange(1, 999)}号",
        }
        if payer:
            data["payer"] = payer.org
        if ground == "other":
            data["authority"] = "广州市住房和城乡建设局"
        if until:
            data["valid_to"] = until.isoformat()
        return self.town.post.send("exemption-recorded", EXEMPTIONS, data, happened=since, arrives=arrives)

    def safety_certificate(self) -> Certificate:
        """A safety certificate B, about which the scenario says everything itself."""
        self.assessed = True
        return self.town.issuer.assessment(self.lead)

    def corrected_payments(self, stint: Stint, payer: Firm | None, *, early: bool = False) -> list[Reference]:
        """Every payment of ``stint`` taken back, ``payer`` named instead where given.

        ``early``: the correction arrives before the payment it corrects.
        """
        corrections = []
        for month in range(stint.first, stint.last + 1):
            happened = at(last_day(month), 9) if early else at(last_day(month + 1), 9)
            for scheme in stint.schemes:
                day = paid_on(self.lead, stint, month)
                corrections.append(
                    self.town.post.correct(
                        reference(self.lead, stint, month, scheme),
                        "缴费单位登记有误",
                        happened=happened,
                        kind=INSURANCE_PAID if payer else None,
                        data=payment(self.lead, payer.org, month, scheme, day) if payer else None,
                        arrives=happened + timedelta(hours=1) if early else None,
                    )
                )
        return corrections

    def instead_of_another(self, *, correction_first: bool = False) -> "Plot":
        """The wrong lead that was read out first, to plant facts on; the opening is corrected later."""
        self.replaces = Plot(self.town, self.bidder, self.opened_on, self.town.births.person(), self.others)
        self.correction_first = correction_first
        return self.replaces
