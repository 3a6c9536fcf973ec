"""
Row policies, made from what each model declares, after every migration.

dure_owner owns the tables and migrates. dure_web and dure_worker are bound by the
same policies; only dure_worker may act in the role `system`, which sees all rows.
Neither may delete or truncate, but for models that say `erasable = True`; tables
of models that say `append_only = True` cannot be updated by either.

This guards against a forgotten filter, not against injected SQL: who can run any
statement as dure_web can set any actor.
"""

from collections.abc import Iterator

from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction

from dure.stack.schema import check_matches
from dure.stack.tenancy import Private, Public, Tenancy

WEB, WORKER = "dure_web", "dure_worker"

FUNCTIONS = """
create or replace function dure_firm() returns uuid language sql stable
  as $$ select nullif(current_setting('dure.firm', true), '')::uuid $$;
create or replace function dure_role() returns text language sql stable
  as $$ select case
    when current_setting('dure.role', true) = 'system' and current_user <> 'dure_worker' then ''
    else coalesce(current_setting('dure.role', true), '') end $$;
"""

REFUSE_CHANGE = """
create or replace function dure_refuse_change() returns trigger language plpgsql
  as $$ begin raise exception '% is append-only', tg_table_name; end $$;
"""


def apply_migrations() -> None:
    """
    Migrate the database forward, then lay the row policies anew. Runs as dure_owner.

    Raises Refused when the tables are of a version that was never released.
    """
    call_command("migrate", interactive=False, verbosity=0)
    check_matches(tenant_models())
    protect()


@transaction.atomic
def protect() -> None:
    """Lay grants, policies and seat belts over every table."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        cursor.execute(REFUSE_CHANGE)
        for statement in _grants():
            cursor.execute(statement)
        for model in tenant_models():
            for statement in statements_for(model):
                cursor.execute(statement)


def tenant_models() -> list[type[models.Model]]:
    """Give the models of Dure's own rooms, which all declare a tenancy."""
    return [model for model in apps.get_models() if model.__module__.startswith("dure.")]


def statements_for(model: type[models.Model]) -> Iterator[str]:
    """Give the statements that guard one model's table."""
    table = model._meta.db_table
    tenancy = tenancy_of(model)
    sees, writes = _predicates(model, tenancy)
    yield f'alter table "{table}" enable row level security'
    yield f'alter table "{table}" force row level security'
    for name in ("sees", "adds", "changes", "erases"):
        yield f'drop policy if exists {name} on "{table}"'
    yield f'create policy sees on "{table}" for select using ({sees})'
    yield f'create policy adds on "{table}" for insert with check ({writes})'
    yield f'create policy changes on "{table}" for update using ({writes}) with check ({writes})'
    yield f'create policy erases on "{table}" for delete using ({writes})'
    yield from _seat_belts(model)


def tenancy_of(model: type[models.Model]) -> Tenancy:
    """Give what a model declares; asserts that it does."""
    tenancy = getattr(model, "tenancy", None)
    assert isinstance(tenancy, Private | Public), f"{model.__name__} declares no tenancy"
    return tenancy


def _grants() -> Iterator[str]:
    for role in (WEB, WORKER):
        yield f"grant usage on schema public to {role}"
        yield f"grant select on all tables in schema public to {role}"
        yield f"grant usage, select on all sequences in schema public to {role}"
        yield f"grant execute on all functions in schema public to {role}"
    for table in connection.introspection.table_names():
        if table.startswith("procrastinate_") or table == "django_session":
            for role in (WEB, WORKER):
                yield f'grant insert, update, delete on "{table}" to {role}'


def _seat_belts(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    rights = "insert" if getattr(model, "append_only", False) else "insert, update"
    if getattr(model, "erasable", False):
        rights += ", delete"
    yield f'revoke update, delete on "{table}" from {WEB}, {WORKER}'
    yield f'grant {rights} on "{table}" to {WEB}, {WORKER}'
    yield f'drop trigger if exists refuse_change on "{table}"'
    if getattr(model, "append_only", False):
        yield (
            f'create trigger refuse_change before update or delete on "{table}" '
            "for each row execute function dure_refuse_change()"
        )


def _predicates(model: type[models.Model], tenancy: Tenancy) -> tuple[str, str]:
    """Give who sees a row and who writes it, as SQL conditions."""
    role = "(select dure_role())"
    if isinstance(tenancy, Public):
        writes = f"{role} <> ''" if tenancy.writers == "all" else f"{role} in ('office', 'system')"
        return "true", writes
    named = [_names_the_firm(model, column) for column in tenancy.by]
    if tenancy.via:
        named.append(_opened_by(model, tenancy.via))
    writers = ["system", *(name for name in ("office", "door") if getattr(tenancy, name))]
    seers = [*writers, "auditor"] if tenancy.auditor else writers
    sees, writes = (
        " or ".join([f"{role} in ({', '.join(repr(name) for name in roles)})", *named])
        for roles in (seers, writers)
    )
    return sees, writes


def _names_the_firm(model: type[models.Model], column: str) -> str:
    field = next(field for field in model._meta.concrete_fields if field.attname == column)
    if field.get_internal_type() == "ArrayField":
        return f'(select dure_firm()) = any("{field.column}")'
    return f'"{field.column}" = (select dure_firm())'


def _opened_by(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.ForeignKey), f"{model.__name__}.{name} is no foreign key"
    above = field.related_model._meta
    mine = f'"{model._meta.db_table}"."{field.column}"'
    return f'exists (select from "{above.db_table}" above where above."{above.pk.column}" = {mine})'
