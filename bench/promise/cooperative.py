"""
A cooperative with a full order book, written straight into its database.

200 members with five machines each make 2,000 orders of three to seven steps, which stand where
gap insertion put them: what the planner's services find when a machine breaks down or somebody asks
for a date. No fact tells of these rows; everything that is done with them tells its own.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from dure.kernel.actor import COOPERATIVE
from dure.kernel.ids import FirmId

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, ten in the morning in Seoul
MEMBERS, MACHINES, TRADES, FAMILIES = 200, 5, 10, 6
WEEK = [[day, 540, 1080] for day in range(5)]


class Cooperative:
    """Who can do what, as far as the order book asks."""

    def __init__(self, seed: int) -> None:
        from dure.members.engine.process_codes import process_codes

        self.chance = Random(seed)
        self.trades = list(process_codes())[:TRADES]
        self.buyer = FirmId(self._id())
        self.makers: dict[str, list[Any]] = {trade: [] for trade in self.trades}
        self.machines: list[tuple[UUID, UUID]] = []  # and whose
        self.clusters: list[UUID] = []  # of requests that have no quote yet

    def _id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def found(self) -> None:
        """Write members, their machines, hours and what they can do."""
        from dure.members import models

        office = models.Firm(
            id=COOPERATIVE,
            number=0,
            kind="cooperative",
            name="두레",
        )
        firms = [office, models.Firm(id=self.buyer, number=1, kind="buyer", business_number="1")]
        rows: dict[Any, list[Any]] = {
            each: [] for each in (models.Site, models.Equipment, models.Calendar, models.Capability)
        }
        for number in range(MEMBERS):
            firm = models.Firm(
                id=self._id(), number=10 + number, kind="member", business_number=f"{10 + number}"
            )
            firms.append(firm)
            site = models.Site(
                id=self._id(),
                firm=firm,
                code="A",
                east_m=self.chance.randrange(40_000),
                north_m=self.chance.randrange(40_000),
            )
            rows[models.Site].append(site)
            rows[models.Calendar].append(models.Calendar(firm=firm, shifts=WEEK))
            self._equip(firm, site, rows)
        models.Firm.objects.bulk_create(firms)
        models.Bylaws.objects.create(firm=office, legal_form="cooperative")
        for model, made in rows.items():
            model.objects.bulk_create(made)

    def _equip(self, firm: Any, site: Any, rows: dict[Any, list[Any]]) -> None:
        from dure.members import models

        own = [models.Equipment(id=self._id(), firm=firm, site=site, code=f"M{n}")
               for n in range(MACHINES)]  # fmt: skip
        rows[models.Equipment] += own
        self.machines += [(each.id, firm.id) for each in own]
        cut = self.chance.randint(2, 3)
        for trade, machines in zip(
            self.chance.sample(self.trades, 2), (own[:cut], own[cut:]), strict=True
        ):
            able = models.Capability(
                id=self._id(),
                firm=firm,
                site=site,
                process=trade,
                lot_min=1,
                lot_max=5000,
                setup_minutes=self.chance.randint(10, 60),
                minutes_per_100=self.chance.randint(60, 120),
                equipment=[each.id for each in machines],
            )
            rows[models.Capability].append(able)
            self.makers[trade].append(able)

    def ask(self, count: int) -> Sequence[Any]:
        """Write so many requests, each with a cluster that formed for it; give the requests."""
        from dure.match import models as match
        from dure.sense import models as sense

        product, _ = sense.Product.objects.get_or_create(
            code="BOOK",
            defaults={"name": "", "product_class": "general", "bill_of_materials": [],
                      "bill_of_process": []},
        )  # fmt: skip
        first = sense.Request.objects.count()
        requests, searches, alternatives, clusters, given = [], [], [], [], []
        for number in range(first + 1, first + 1 + count):
            quantity = self.chance.randint(50, 300)
            steps = [self._step(n, quantity) for n in range(self.chance.randint(3, 7))]
            request = sense.Request(
                id=self._id(),
                number=number,
                buyer_id=self.buyer,
                product=product,
                quantity=quantity,
                due=(AT + timedelta(days=self.chance.randint(7, 40))).date(),
                submitted_at=AT,
                state="understood",
                need={"product": f"P{self.chance.randrange(FAMILIES)}", "sets": quantity,
                      "materials": [], "steps": steps},
            )  # fmt: skip
            search = match.Search(
                id=self._id(), request_id=request.id, buyer_id=self.buyer, state="found",
                closes_on=request.due,
            )  # fmt: skip
            alternative = match.Alternative(
                id=self._id(), search=search, buyer_id=self.buyer, position=0, label="cheap",
                price_won=0, longest_minutes=0, road_minutes=0, cost=0, bound=0,
                ready_on=request.due, steps=[],
            )  # fmt: skip
            cluster = match.Cluster(
                id=self._id(), request_id=request.id, buyer_id=self.buyer, label="cheap",
                alternative=alternative, state="formed",
            )  # fmt: skip
            requests.append(request)
            searches.append(search)
            alternatives.append(alternative)
            clusters.append(cluster)
            given += [self._assigned(cluster, place, step) for place, step in enumerate(steps)]
        for model, rows in (
            (sense.Request, requests), (match.Search, searches), (match.Alternative, alternatives),
            (match.Cluster, clusters), (match.Assignment, given),
        ):  # fmt: skip
            model.objects.bulk_create(rows)  # type: ignore[attr-defined]
        return clusters

    def _step(self, number: int, quantity: int) -> dict[str, Any]:
        return {
            "code": f"s{number}", "name": f"{number}", "name_en": "",
            "process": self.chance.choice(self.trades), "product_class": "general", "licences": [],
            "after": [f"s{number - 1}"] if number else [], "quantity": quantity, "good": quantity,
            "unit": "piece", "rest_minutes": 0, "critical": False, "alternatives": [],
        }  # fmt: skip

    def _assigned(self, cluster: Any, place: int, step: dict[str, Any]) -> Any:
        from dure.match import models as match

        able = self.chance.choice(self.makers[step["process"]])
        return match.Assignment(
            id=self._id(), cluster_id=cluster.id, position=place, step=step["code"],
            name=step["name"], process=step["process"], quantity=step["quantity"],
            good=step["good"], unit="piece", firm_id=able.firm_id, capability_id=able.id,
            site_id=able.site_id, price_won=1000, weighed_won=1000, minutes=60,
            reason={"code": "", "parameters": {}},
            due=AT.date(), deadline=AT, state="accepted",
        )  # fmt: skip

    def order(self, clusters: Sequence[Any]) -> int:
        """Write an order for each cluster, its steps where the planner puts them; count these."""
        from dure.match import public as match
        from dure.plan import models
        from dure.plan.bridge import book
        from dure.plan.engine.posing import Task
        from dure.plan.engine.solve import Floor
        from dure.plan.services import ordering
        from dure.plan.services.promising import promised_on
        from dure.sense import public as sense

        requests = [each.request_id for each in clusters]
        needs, formed = sense.needs(requests), match.clusters_by_id([each.id for each in clusters])
        works = {
            each.request_id: book.read_works(formed[each.id].assignments, needs[each.request_id])
            for each in clusters
        }
        month = AT + timedelta(days=30)
        tasks = [Task(order=it, works=works[it], release=AT, due=month) for it in requests]
        posed = book.read_posed_orders(tasks, apart=book.Apart(), at=AT)
        floor = Floor(posed.problem, seed=1, way="compiled")
        floor.first_plan()
        plan = floor.best()
        assert not plan.unplanned, "half a year is long enough"
        placed = {each.key: each for each in posed.placed(plan.slots)}
        version = models.Plan(
            number=1, digest="", inputs=b"", body=b"", made_at=AT, state="released"
        )
        quotes, orders, job_orders = [], [], []
        for number, cluster in enumerate(clusters, start=1):
            request = cluster.request_id
            leaves = max(placed[request, work.step].ends for work in works[request])
            # dates are held, and not by much
            promised = promised_on(leaves + timedelta(days=self.chance.randint(0, 3)))
            row = models.Quote(
                number=number, request_id=request, cluster_id=cluster.id, buyer_id=self.buyer,
                plan_id=version.id, quantity=1, work=0, materials=0, fee=0, price=0,
                promised_on=promised, due=promised, leaves_at=leaves, composed_at=AT,
                valid_until=AT + timedelta(days=7), state="accepted",
            )  # fmt: skip
            order = models.Order(
                number=number, request_id=request, quote=row, cluster_id=cluster.id,
                buyer_id=self.buyer, plan_id=version.id, quantity=1, price=0,
                promised_on=promised, leaves_at=leaves, accepted_at=AT, state="accepted",
                milestones=[{"step": work.step, "name": work.step, "name_en": "",
                             "by": promised.isoformat(), "is_done": False}
                            for work in works[request]],
            )  # fmt: skip
            quotes.append(row)
            orders.append(order)
            given = formed[cluster.id].assignments
            for place, (work, each) in enumerate(zip(works[request], given, strict=True)):
                paper = ordering.job_order_row(order, place, work, each)
                stands = placed[request, work.step]
                paper.number, paper.quantity = len(job_orders) + 1, each.quantity
                paper.equipment_id, paper.state = stands.machine, "released"
                paper.starts, paper.ends = stands.starts, stands.ends
                job_orders.append(paper)
        version.save()
        for model, rows in (
            (models.Quote, quotes), (models.Order, orders), (models.JobOrder, job_orders)
        ):  # fmt: skip
            model.objects.bulk_create(rows)  # type: ignore[attr-defined]
        _count_on(plan=1, quote=len(quotes), order=len(orders), job_order=len(job_orders))
        return len(job_orders)


def _count_on(**series: int) -> None:
    """Let numbers that are handed out from now on follow those that were written."""
    from django.db import connection

    with connection.cursor() as cursor:
        for name, last in series.items():
            cursor.execute("insert into journal_numberseries values (%s, %s)", [name, last])
